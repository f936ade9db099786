/**
 * @import { FileHandle, FileSystem } from '../../src/platform/file-system.ts'
 */
import { diskFileSystem } from './open-log.mjs'

const headerBytes = 61

/**
 * Returns the disk, except that only the headers of appended batches are stored, with holes between
 * them. All batches must be equal and appended one by one. A log of 10 GB takes as many pages as it
 * has batches. Reads between the headers return the bytes of the template.
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
