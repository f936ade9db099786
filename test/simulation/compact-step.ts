import { disagree } from './agree.ts'
import type { ModelBatch } from './model-batch.ts'
import { adoptCleaned } from './model-compaction.ts'
import type { ModelLog } from './model-log.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/**
 * Cleans everything that may be cleaned. Afterwards no key occurs twice below the uncleanable part.
 */
export async function compact(broker: SimulatedBroker, simulated: SimulatedLog): Promise<void> {
  const { log, model } = simulated
  broker.note('compact')
  simulated.inFlight = { compacts: true }
  const { lastStableOffset } = model
  const stats = await broker.manager.cleaner.cleanNow(log)
  if (broker.isInTrouble) return
  broker.note(`  clean up to ${stats.endOffset}`)
  adoptCleaned(broker)
  if (broker.settings.config.minCompactionLagMs > 0) return
  const bases = log.files.segments.map(({ baseOffset }) => baseOffset)
  const end = bases.findLast((base) => base <= lastStableOffset) ?? 0
  const offsets = new Map<string, number>()
  for (const batch of model.readable) {
    const isLeft = batch.isControl || batch.lastOffset >= end || isTakenForAborted(batch, model)
    for (const { key, offset } of isLeft ? [] : batch.records) {
      if (offset < model.startOffset) continue
      const other = offsets.get(key!)
      if (other !== undefined) disagree(`the key ${key} is still at ${other} and at ${offset}`)
      offsets.set(key!, offset)
    }
  }
}

/**
 * If a round of cleaning starts within a segment, Kafka counts earlier aborted transactions among
 * those in the segment, and treats the next one of the same producer as aborted. Its keys are then
 * not found.
 */
function isTakenForAborted(batch: ModelBatch, { endedTransactions }: ModelLog): boolean {
  if (!batch.isTransactional) return false
  return endedTransactions.some(
    ({ producerId, lastOffset, isAborted }) =>
      isAborted && producerId === batch.producerId && lastOffset < batch.baseOffset,
  )
}
