import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * @typedef {object} ProfiledFunction
 * @property {string} name with file and line: `append log.js:143`
 * @property {string} folder `log`, `network`, or `node` for what is not the package's
 * @property {number} selfMs time in the function itself, without what it called
 */

/**
 * @typedef {object} ProfileNode
 * @property {number} id
 * @property {{ functionName: string, url: string, lineNumber: number }} callFrame
 */

/** What V8 puts in the place of a function while none runs. */
const notRunning = new Set(['(idle)', '(root)'])

/**
 * Reads a profile as `node --cpu-prof` writes it. The time the process waited is left out.
 *
 * @param {string} file
 * @returns {ProfiledFunction[]} most time first
 */
export function readCpuProfile(file) {
  /** @type {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} */
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))
  const nodeById = new Map(nodes.map((node) => [node.id, node]))
  /** @type {Map<string, ProfiledFunction>} */
  const functions = new Map()
  for (const [index, id] of samples.entries()) {
    const node = nodeById.get(id)
    if (node === undefined || notRunning.has(node.callFrame.functionName)) continue
    const name = nameOf(node)
    const profiled = functions.get(name) ?? { name, folder: folderOf(node), selfMs: 0 }
    profiled.selfMs += (timeDeltas[index] ?? 0) / 1_000
    functions.set(name, profiled)
  }
  return [...functions.values()].toSorted((a, b) => b.selfMs - a.selfMs)
}

/**
 * @param {readonly ProfiledFunction[]} functions
 * @returns {{ name: string, selfMs: number }[]} most time first
 */
export function byFolder(functions) {
  /** @type {Map<string, number>} */
  const folders = new Map()
  for (const { folder, selfMs } of functions) {
    folders.set(folder, (folders.get(folder) ?? 0) + selfMs)
  }
  return [...folders]
    .map(([name, selfMs]) => ({ name, selfMs }))
    .toSorted((a, b) => b.selfMs - a.selfMs)
}

/** @param {ProfileNode} node */
function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}`
}

/** @param {ProfileNode} node */
function folderOf({ callFrame: { functionName, url } }) {
  if (functionName.startsWith('(')) return functionName
  const ours = /\/dist\/(?:esm|cjs)\/([^/]+)\//.exec(url)
  if (ours?.[1] !== undefined) return ours[1]
  // Codecs are compiled from the schemas at run time, and code made so has no file.
  return url === '' ? 'native and compiled' : 'node'
}
