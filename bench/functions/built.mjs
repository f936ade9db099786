import { createRequire } from 'node:module'
import { projectPath } from '../project.mjs'

const require = createRequire(import.meta.url)

/**
 * A module of the built package; callers say which source it is, for its types.
 *
 * @param {string} path below `dist/cjs`
 * @returns {any}
 */
export function built(path) {
  return require(projectPath(`dist/cjs/${path}`))
}
