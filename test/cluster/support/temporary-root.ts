import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new directory that goes with the test. */
export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'cluster-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

/** The paths of all that lies in a directory, relative to it. */
export function pathsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
}

/** As {@link temporaryRoot}; and until the test is over, temporary files of this process are made there. */
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
