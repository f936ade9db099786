import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Returns a new directory, which is deleted at the end of the test. */
export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'cluster-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

/** Returns the paths of everything in a directory, relative to it. */
export function pathsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
}

/**
 * Like {@link temporaryRoot}. Until the end of the test, this process creates its temporary files
 * in it.
 */
export function ownTemporaryFiles(): string {
  const root = temporaryRoot()
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = root
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  return root
}
