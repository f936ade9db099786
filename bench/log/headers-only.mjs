/**
 * @import { FileHandle, FileSystem } from '../../src/platform/file-system.ts'
 */
import { diskFileSystem } from './open-log.mjs'

const headerBytes = 61

/**
 * The disk, but of batches that are appended one by one, and are all of one kind, only the headers are stored, with
 * holes between them: a log of 10 GB takes as many pages as it has batches. What is read between the headers is what
 * the template has there.
 *
 * @param {Uint8Array} template
 * @returns {FileSystem}
 */
export function headersOnly(template) {
  const disk = diskFileSystem()
  const open = disk.open.bind(disk)
  disk.open = (path, options) => {
    const file = open(path, options)
    return path.endsWith('.log') ? sparse(file, template) : file
  }
  return disk
}

/**
 * @param {FileHandle} file
 * @param {Uint8Array} template
 * @returns {FileHandle}
 */
function sparse(file, template) {
  const write = file.write.bind(file)
  const read = file.read.bind(file)
  file.write = (parts, position) => {
    const [batch] = parts
    if (parts.length !== 1 || batch?.length !== template.length) throw new Error('not such a batch')
    write([batch.subarray(0, headerBytes)], position)
  }
  file.read = (target, position) => {
    read(target, position)
    const first = position - (position % template.length)
    for (let start = first; start < position + target.length; start += template.length) {
      const from = Math.max(start + headerBytes, position)
      const to = Math.min(start + template.length, position + target.length)
      if (from < to) target.set(template.subarray(from - start, to - start), from - position)
    }
    return target.length
  }
  return file
}
