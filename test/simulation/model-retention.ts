import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/**
 * Returns the log start after old segments were deleted, by Kafka's rules. Undefined if the cleaner
 * has left a segment without records, whose age is that of its file.
 */
export function expectedStart(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
): number | undefined {
  const { log, model } = simulated
  const { cleanupPolicy, retentionBytes, retentionMs } = broker.settings.config
  const bases = log.files.segments.map(({ baseOffset }) => baseOffset)
  const segments = log.files.segments.map(({ baseOffset, sizeInBytes }, index) => {
    const next = bases[index + 1] ?? Infinity
    const batches = model.batches.filter(
      (batch) => batch.baseOffset >= baseOffset && batch.baseOffset < next,
    )
    const largestTimestamp = Math.max(-1, ...batches.map(({ maxTimestamp }) => maxTimestamp))
    return { next, sizeInBytes, end: Math.min(next, model.endOffset), largestTimestamp }
  })
  if (segments.some((segment) => segment.next < Infinity && segment.largestTimestamp < 0)) {
    return undefined
  }
  type Segment = (typeof segments)[number]
  let start = model.startOffset
  const drop = (isOver: (segment: Segment) => boolean) => {
    while (segments.length > 0) {
      const [first] = segments
      if (first!.next === Infinity && first!.sizeInBytes === 0) return
      if (first!.end > model.highWatermark || !isOver(first!)) return
      start = Math.max(start, first!.end)
      segments.shift()
    }
  }
  drop(({ next }) => next <= model.startOffset)
  if (!cleanupPolicy.delete) return start
  let excess = segments.reduce((total, { sizeInBytes }) => total + sizeInBytes, 0) - retentionBytes
  drop(({ sizeInBytes }) => {
    if (retentionBytes < 0 || excess < sizeInBytes) return false
    excess -= sizeInBytes
    return true
  })
  drop(
    ({ largestTimestamp }) =>
      retentionMs >= 0 && broker.clock.now() - largestTimestamp > retentionMs,
  )
  return start
}
