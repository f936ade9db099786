import { OffsetForLeaderEpoch } from '../../protocol/messages/index.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { check, ClientError } from '../client-error.ts'
import type { ClusterMetadata } from '../metadata/cluster-metadata.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf } from '../topic-partition.ts'
import type { AssignedPartition } from './assigned-partitions.ts'
import { resetTimestamp, type OffsetReset } from './consumer-options.ts'

/**
 * Whether a partition can be fetched from its position: the position is known, and it is validated
 * against the current leader.
 */
export function hasValidPosition(partition: AssignedPartition, metadata: ClusterMetadata): boolean {
  const { position, validatedEpoch } = partition
  if (position === undefined) return false
  // Without an epoch there is nothing to compare.
  return position.leaderEpoch < 0 || (metadata.leader(partition)?.epoch ?? -1) <= validatedEpoch
}

/**
 * Requests the end offsets of the positions' epochs from the leaders (KIP-320). A position beyond
 * its end offset is in a truncated log: it is reset to the end offset.
 *
 * @throws ClientError `NO_OFFSET` for such a position if there is no reset policy
 */
export function validatePositions(
  core: ClientCore,
  partitions: readonly AssignedPartition[],
  autoOffsetReset: OffsetReset,
  signals: Signals,
): Promise<void> {
  const { metadata, settings } = core
  return retry(settings, signals, async () => {
    const waiting = partitions.filter((partition) => !hasValidPosition(partition, metadata))
    if (waiting.length === 0) return
    const byLeader = await metadata.byLeader(waiting, signals)
    const asking = Array.from(byLeader, ([leaderId, led]) =>
      askLeader(core, leaderId, led, autoOffsetReset, signals),
    )
    await Promise.all(asking).catch((error: unknown) => {
      for (const { topic } of waiting) metadata.invalidate(topic)
      throw error
    })
  })
}

async function askLeader(
  { metadata }: ClientCore,
  leaderId: number,
  led: readonly AssignedPartition[],
  autoOffsetReset: OffsetReset,
  signals: Signals,
): Promise<void> {
  const broker = await metadata.broker(leaderId, undefined, signals)
  if (!broker.serves(OffsetForLeaderEpoch)) {
    for (const each of led) each.validatedEpoch = metadata.leader(each)?.epoch ?? -1
    return
  }
  // A seek may have set a position without an epoch meanwhile.
  const waiting = led.filter((partition) => !hasValidPosition(partition, metadata))
  if (waiting.length === 0) return
  const asked = waiting.map((partition) => {
    const { position } = partition
    const epoch = metadata.leader(partition)?.epoch ?? -1
    return {
      topic: partition.topic,
      partition: partition.partition,
      state: partition,
      position,
      epoch,
    }
  })
  const topics = groupByTopic(asked, ({ partition, position, epoch }) => ({
    partition,
    currentLeaderEpoch: epoch,
    leaderEpoch: position!.leaderEpoch,
  })).map(({ name, partitions }) => ({ topic: name, partitions }))
  const response = await broker.send(OffsetForLeaderEpoch, { replicaId: -1, topics })
  const answers = flatten(
    response.topics.map(({ topic, partitions }) => ({ name: topic, partitions })),
    ({ partition }) => partition,
  )
  for (const answer of answers) {
    check(answer.errorCode, `the leader epochs of ${nameOf(answer)}`)
    const { state, position, epoch } = asked.find((each) => nameOf(each) === nameOf(answer))!
    // A seek has changed it meanwhile.
    if (state.position !== position) continue
    if (answer.endOffset < position!.offset) truncate(state, answer, autoOffsetReset)
    state.validatedEpoch = epoch
  }
}

function truncate(
  partition: AssignedPartition,
  { leaderEpoch, endOffset }: { readonly leaderEpoch: number; readonly endOffset: number },
  autoOffsetReset: OffsetReset,
): void {
  const { offset } = partition.position!
  if (autoOffsetReset === 'none') {
    throw new ClientError(
      'NO_OFFSET',
      `${nameOf(partition)} was truncated below offset ${offset}: the log diverges at ${endOffset}`,
      { advice: 'Seek to an offset that the log has, or set autoOffsetReset.' },
    )
  }
  // -1: the leader does not know the epoch.
  if (endOffset < 0) partition.resetTimestamp = resetTimestamp(autoOffsetReset)
  else partition.position = { offset: endOffset, leaderEpoch }
}
