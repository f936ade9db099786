import { disagree } from './agree.ts'
import { adoptCleaned } from './model-compaction.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/** Cleans all that may be cleaned. Afterwards no key is there twice below what may not. */
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
  const bases = log.segments.map(({ baseOffset }) => baseOffset)
  const end = bases.findLast((base) => base <= lastStableOffset) ?? 0
  const offsets = new Map<string, number>()
  for (const { records, isControl, lastOffset } of model.readable) {
    for (const { key, offset } of isControl || lastOffset >= end ? [] : records) {
      if (offset < model.startOffset) continue
      const other = offsets.get(key!)
      if (other !== undefined) disagree(`the key ${key} is still at ${other} and at ${offset}`)
      offsets.set(key!, offset)
    }
  }
}
