import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} ProfiledFunction
 * @property {string} name with file and line: `append log.ts:143`
 * @property {string} folder `log`, `network`, or `node` for code outside the package
 * @property {number} selfMs time in the function itself, without its callees
 */

/**
 * @typedef {object} ProfileNode
 * @property {number} id
 * @property {CallFrame} callFrame
 */

/**
 * @typedef {object} CallFrame
 * @property {string} functionName
 * @property {string} url
 * @property {number} lineNumber from 0 on
 * @property {number} columnNumber from 0 on
 */

/** V8's names while no function runs. */
const notRunning = new Set(['(idle)', '(root)'])

/**
 * Reads a profile of `node --cpu-prof`, without the time that the process waited.
 *
 * @param {string} file
 * @returns {ProfiledFunction[]} most time first
 */
export function readCpuProfile(file) {
  /** @type {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} */
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))
  const toSource = sourceFinder()
  const nodeById = new Map(nodes.map(({ id, callFrame }) => [id, toSource(callFrame)]))
  /** @type {Map<string, ProfiledFunction>} */
  const functions = new Map()
  for (const [index, id] of samples.entries()) {
    const frame = nodeById.get(id)
    if (frame === undefined || notRunning.has(frame.functionName)) continue
    const name = nameOf(frame)
    const profiled = functions.get(name) ?? { name, folder: folderOf(frame), selfMs: 0 }
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

/**
 * Returns a function that finds the position of a package's function in the sources, which the
 * build bundles into one file. Other positions are not changed.
 *
 * @returns {(frame: CallFrame) => CallFrame}
 */
function sourceFinder() {
  /** @type {Map<string, SourceMap | undefined>} */
  const maps = new Map()
  return (frame) => {
    const { url, lineNumber, columnNumber } = frame
    if (!maps.has(url)) maps.set(url, sourceMapOf(url))
    const found = maps.get(url)?.findEntry(lineNumber, columnNumber)
    if (found === undefined || !('originalSource' in found)) return frame
    return { ...frame, url: found.originalSource, lineNumber: found.originalLine }
  }
}

/** @param {string} url */
function sourceMapOf(url) {
  const path = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : `${url}.map`
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}

/** @param {CallFrame} frame */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}`
}

/** @param {CallFrame} frame */
function folderOf({ functionName, url }) {
  if (functionName.startsWith('(')) return functionName
  const ours = /(?:^|\/)src\/([^/]+)\//.exec(url)
  if (ours?.[1] !== undefined) return ours[1]
  // Codecs are compiled from the schemas at run time, and have no file.
  return url === '' ? 'native and compiled' : 'node'
}
