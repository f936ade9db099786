/** @import { FunctionSuite } from '../types.ts' */
import { built } from './built.mjs'
import { recordBatch } from './records.mjs'

/** @type {FunctionSuite} */
export const batchSuite = {
  name: 'batch',

  open() {
    /** @type {typeof import('../../src/record/batch-view.ts')} */
    const { batchesOf, BatchView } = built('record/batch-view.js')
    /** @type {typeof import('../../src/record/records.ts')} */
    const { recordsOf } = built('record/records.js')
    const small = recordBatch(1, 100)
    const large = recordBatch(1_000, 1_024)
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => small))
    const functions = [
      { name: 'header of a batch', call: () => readHeader(new BatchView(small)) },
      {
        name: 'check the CRC, 1 record of 100 B',
        bytesPerCall: small.length,
        call: () => new BatchView(small).isChecksumValid,
      },
      {
        name: 'check the CRC, 1,000 records of 1 KB',
        bytesPerCall: large.length,
        call: () => new BatchView(large).isChecksumValid,
      },
      {
        name: 'walk 1,000 batches',
        bytesPerCall: many.length,
        call: () => count(batchesOf(many)),
      },
      {
        name: 'read 1,000 records of 1 KB',
        bytesPerCall: large.length,
        call: () => count(recordsOf(new BatchView(large))),
      },
    ]
    return { functions }
  },
}

/** @param {import('../../src/record/batch-view.ts').BatchView} batch */
function readHeader(batch) {
  return batch.baseOffset + batch.lastOffset + batch.magic + batch.producerId + batch.recordCount
}

/** @param {Iterable<unknown>} values */
function count(values) {
  let counted = 0
  for (const _ of values) counted++
  return counted
}
