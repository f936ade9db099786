import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from './source-files.ts'

/**
 * Builds what is out of date, once before all tests of the build: concurrent builds would disturb
 * each other.
 */
export function setup(): void {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/build.mjs'), '--if-stale'])
}
