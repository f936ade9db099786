import { createRequire } from 'node:module'
import { projectPath } from '../project.mjs'
import { bundleModules, isOlderThanSources } from '../../scripts/bundle.mjs'

const require = createRequire(import.meta.url)
const modules = projectPath('bench/.cache/modules')

if (isOlderThanSources(`${modules}/package.json`)) await bundleModules(modules)

/**
 * Returns a module of the package, built separately: the package has all modules in one file.
 * Callers name the source for its types.
 *
 * @param {string} path below `src`, with `.js`
 * @returns {any}
 */
export function built(path) {
  return require(`${modules}/${path}`)
}
