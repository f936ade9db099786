import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { ClientError } from '../client-error.ts'
import { listOffsets } from '../list-offsets.ts'
import { nameOf } from '../topic-partition.ts'
import type { AssignedPartition, AssignedPartitions } from './assigned-partitions.ts'
import { resetTimestamp, type ConsumerSettings } from './consumer-options.ts'
import type { GroupOffsets } from './group-offsets.ts'
import { hasValidPosition, validatePositions } from './validate-positions.ts'

/** Finds missing positions: the committed offset, otherwise the offset of the reset policy. */
export class Positions {
  readonly #core: ClientCore
  readonly #options: ConsumerSettings
  readonly #assigned: AssignedPartitions
  readonly #groupOffsets: GroupOffsets | undefined

  constructor(
    core: ClientCore,
    options: ConsumerSettings,
    assigned: AssignedPartitions,
    groupOffsets: GroupOffsets | undefined,
  ) {
    this.#core = core
    this.#options = options
    this.#assigned = assigned
    this.#groupOffsets = groupOffsets
  }

  /** Whether a partition has no position, needs another one, or has one that must be validated. */
  get areMissing(): boolean {
    for (const partition of this.#assigned) if (this.#isMissing(partition)) return true
    return false
  }

  /**
   * Finds missing positions.
   *
   * @throws ClientError `NO_OFFSET` if there is neither a committed offset nor a reset policy
   */
  async find(signals: Signals): Promise<void> {
    await this.#findCommitted(signals)
    await this.#reset(signals)
    await this.#validate(signals)
  }

  async #validate(signals: Signals): Promise<void> {
    const { metadata } = this.#core
    const waiting = [...this.#assigned].filter(
      (partition) => partition.position !== undefined && !hasValidPosition(partition, metadata),
    )
    if (waiting.length === 0) return
    await validatePositions(this.#core, waiting, this.#options.autoOffsetReset, signals)
  }

  async #findCommitted(signals: Signals): Promise<void> {
    const missing = [...this.#assigned].filter(
      ({ position, resetTimestamp }) => position === undefined && resetTimestamp === undefined,
    )
    if (missing.length === 0) return
    const committed = (await this.#groupOffsets?.committed(missing, signals)) ?? []
    const byName = new Map(committed.map((each) => [nameOf(each), each]))
    for (const partition of missing) {
      if (!this.#isWaiting(partition)) continue
      const found = byName.get(nameOf(partition))
      if (found === undefined) partition.resetTimestamp = this.#resetTimestampOf(partition)
      else partition.position = { offset: found.offset, leaderEpoch: found.leaderEpoch ?? -1 }
    }
  }

  async #reset(signals: Signals): Promise<void> {
    const wanted = [...this.#assigned].flatMap((partition) =>
      partition.resetTimestamp === undefined
        ? []
        : [{ partition, timestamp: partition.resetTimestamp }],
    )
    if (wanted.length === 0) return
    const { metadata, settings } = this.#core
    const queries = wanted.map(({ partition: { topic, partition }, timestamp }) => ({
      topic,
      partition,
      timestamp,
    }))
    const { isolationLevel } = this.#options
    const found = await listOffsets(metadata, settings, queries, isolationLevel, signals)
    for (const [index, { partition, timestamp }] of wanted.entries()) {
      // A seek has changed it meanwhile.
      if (partition.resetTimestamp !== timestamp) continue
      const { offset, leaderEpoch } = found[index]!
      partition.position = { offset, leaderEpoch }
      // The offset comes from the leader, so it needs no validation.
      partition.validatedEpoch = metadata.leader(partition)?.epoch ?? -1
      partition.resetTimestamp = undefined
    }
  }

  #isMissing(partition: AssignedPartition): boolean {
    if (partition.resetTimestamp !== undefined) return true
    return !hasValidPosition(partition, this.#core.metadata)
  }

  #isWaiting({ position, resetTimestamp }: AssignedPartition): boolean {
    return position === undefined && resetTimestamp === undefined
  }

  #resetTimestampOf(partition: AssignedPartition): number {
    const { autoOffsetReset, groupId } = this.#options
    if (autoOffsetReset !== 'none') return resetTimestamp(autoOffsetReset)
    const whose = groupId === undefined ? '' : ` of group ${groupId}`
    throw new ClientError('NO_OFFSET', `there is no offset${whose} in ${nameOf(partition)}`, {
      advice: 'Seek to an offset, or set autoOffsetReset.',
    })
  }
}
