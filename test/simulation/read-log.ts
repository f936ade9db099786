import { ApiError } from '../../src/protocol/api-error.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { disagree } from './agree.ts'
import { ModelBatch } from './model-batch.ts'
import type { SimulatedLog } from './simulated-broker.ts'

/** Returns all batches from the log start on, which must be complete, valid and in order. */
export function readLog({ log, model }: SimulatedLog): ModelBatch[] {
  const found: ModelBatch[] = []
  for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
    const read = log.read(offset, 1_000_000, 'logEnd', true)
    if (read instanceof ApiError) disagree(`read(${offset}) answers the error ${read.errorCode}`)
    if (read.sizeInBytes === 0) break
    const bytes = Buffer.from(Buffer.concat(read.slices))
    let at = 0
    for (const view of batchesOf(bytes)) {
      const batch = new ModelBatch(bytes.subarray(at, (at += view.sizeInBytes)), offset)
      if (!view.isChecksumValid) disagree(`${batch.toString()} is corrupt`)
      if (batch.lastOffset < offset || (found.length > 0 && batch.baseOffset < offset)) {
        disagree(`${batch.toString()} comes after ${offset}`)
      }
      const known = model.batches.find((other) => other.equals(batch))
      found.push(known ?? batch)
      offset = batch.nextOffset
    }
  }
  return found
}
