import { randomBytes } from 'node:crypto'
import { built } from './built.mjs'

/**
 * Returns a record batch as a producer sends it.
 *
 * @param {number} recordCount
 * @param {number} recordBytes
 * @returns {Uint8Array}
 */
export function recordBatch(recordCount, recordBytes) {
  /** @type {typeof import('../../src/record/batch-encoder.ts')} */
  const { encodeBatch } = built('record/batch-encoder.js')
  const value = randomBytes(recordBytes)
  return encodeBatch(Array.from({ length: recordCount }, () => ({ value, timestamp: Date.now() })))
}
