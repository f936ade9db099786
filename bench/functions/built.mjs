import { createRequire } from 'node:module'
import { projectPath } from '../project.mjs'
import { bundleModules, isOlderThanSources } from '../../scripts/bundle.mjs'

const require = createRequire(import.meta.url)
const modules = projectPath('bench/.cache/modules')

if (isOlderThanSources(`${modules}/package.json`)) await bundleModules(modules)

/**
 * A module of the package, built by itself: the package has them all in one file. Callers say which source it is, for
 * its types.
 *
 * @param {string} path below `src`, with `.js`
 * @returns {any}
 */
export function built(path) {
  return require(`${modules}/${path}`)
}
