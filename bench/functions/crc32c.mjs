/** @import { FunctionSuite } from '../types.ts' */
import { randomBytes } from 'node:crypto'
import { built } from './built.mjs'

/** @type {FunctionSuite} */
export const crc32cSuite = {
  name: 'crc32c',

  open() {
    /** @type {typeof import('../../src/platform/crc32c.ts')} */
    const { crc32c } = built('platform/crc32c.js')
    const functions = [100, 1_024, 102_400, 1_048_576].map((size) => {
      const bytes = randomBytes(size)
      return { name: `${size} bytes`, bytesPerCall: size, call: () => crc32c(bytes) }
    })
    return { functions }
  },
}
