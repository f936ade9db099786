import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @param {string} path relative to the project
 * @returns {string}
 */
export function projectPath(path) {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

/**
 * Returns a path for files that the driver has built or installed. They are not under version
 * control, and may be deleted at any time.
 *
 * @param {string} name
 * @returns {string}
 */
export function cachePath(name) {
  mkdirSync(projectPath('bench/.cache'), { recursive: true })
  return projectPath(`bench/.cache/${name}`)
}
