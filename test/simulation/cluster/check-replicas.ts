import type { Log } from '../../../src/log/log.ts'
import { readWholeLog } from '../../../src/log/read-whole-log.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import type { World } from './world.ts'

/** The number of looks after which replicas count as not getting in sync. */
const MAX_LOOKS = 600

/**
 * Waits until all replicas of all partitions are in sync, and checks that their logs have the same
 * batches.
 */
export async function checkReplicas(world: World): Promise<void> {
  if (world.settings.replicas === 1) return
  for (let looks = 0; ; looks++) {
    const missing = world.cluster.outOfSync()
    if (missing.length === 0) break
    if (looks === MAX_LOOKS) world.disagree(`replicas are not in sync: ${missing.join(', ')}`)
    await world.time.pass(100)
  }
  for (const [name, logs] of world.cluster.replicaLogs()) {
    const [first, ...others] = logs
    for (const other of others) {
      const difference = differenceOf(first!, other)
      if (difference !== undefined) world.disagree(`replicas of ${name} differ: ${difference}`)
    }
  }
}

/**
 * Returns how two logs differ. One may start later than the other, because retention runs on each
 * broker, and compaction may have removed other records.
 */
function differenceOf(one: Log, other: Log): string | undefined {
  if (one.logEndOffset !== other.logEndOffset)
    return `one ends at ${one.logEndOffset}, another at ${other.logEndOffset}`
  if (one.config.cleanupPolicy.compact) return undefined
  const start = Math.max(one.logStartOffset, other.logStartOffset)
  const [batches, others] = [batchesFrom(one, start), batchesFrom(other, start)]
  for (const [offset, bytes] of batches) {
    const same = others.get(offset)
    if (same === undefined) return `only one has a batch at ${offset}`
    if (Buffer.compare(bytes, same) !== 0) return `they have other batches at ${offset}`
  }
  return batches.size === others.size ? undefined : 'they have other batches'
}

function batchesFrom(log: Log, start: number): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  for (const slice of readWholeLog(log, start)) {
    for (const batch of batchesOf(slice)) {
      if (batch.baseOffset >= start) found.set(batch.baseOffset, Buffer.from(batch.bytes))
    }
  }
  return found
}
