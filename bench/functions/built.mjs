import { pathToFileURL } from 'node:url'
import { projectPath } from '../project.mjs'

/**
 * A module of the built package; callers say which source it is, for its types.
 *
 * @param {string} path below `dist/esm`
 * @returns {Promise<any>}
 */
export function built(path) {
  return import(pathToFileURL(projectPath(`dist/esm/${path}`)).href)
}
