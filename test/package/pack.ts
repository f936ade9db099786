import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { projectRoot } from '../support/source-files.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed package. */
    tarball: string
  }
}

/** Packs the package once for all test files: concurrent builds would disturb each other. */
export function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'odradek-packed-'))
  const args = ['pack', '--json', '--pack-destination', directory, '--loglevel=error']
  const output = execFileSync('npm', args, { cwd: projectRoot, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(output) as [{ filename: string }]
  project.provide('tarball', join(directory, filename))
  return () => rmSync(directory, { recursive: true, force: true })
}
