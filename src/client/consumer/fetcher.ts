import { onceAborted } from '../../platform/abort-listeners.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode, isRetriable } from '../../protocol/error-code.ts'
import { Fetch } from '../../protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import { BrokerError, ClientError, isRetriableError } from '../client-error.ts'
import { isolationLevelId } from '../list-offsets.ts'
import { groupByTopic, nameOf } from '../topic-partition.ts'
import type { AssignedPartition, AssignedPartitions } from './assigned-partitions.ts'
import { hasValidPosition } from './validate-positions.ts'
import { resetTimestamp, type ConsumerSettings } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { FetchedRecords } from './fetched-records.ts'

type PartitionData = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]

/** The highest version that identifies topics by name. */
const MAX_VERSION_BY_NAME = 12

interface Buffered {
  readonly partition: AssignedPartition
  readonly records: FetchedRecords
}

/**
 * Fetches the partitions of a consumer from their leaders, one request per leader at a time, ahead
 * of the polls.
 */
export class Fetcher {
  readonly #core: ClientCore
  readonly #options: ConsumerSettings
  readonly #assigned: AssignedPartitions
  readonly #channel: string
  readonly #onProgress: () => void
  readonly #closing = new AbortController()
  readonly #busyNodes = new Set<number>()
  readonly #buffered: Buffered[] = []
  #failure: Error | undefined
  #isRefreshing = false

  /**
   * @param onProgress called when {@link take} may return something, or when more can be fetched
   */
  constructor(
    core: ClientCore,
    options: ConsumerSettings,
    assigned: AssignedPartitions,
    onProgress: () => void,
  ) {
    this.#core = core
    this.#options = options
    this.#assigned = assigned
    this.#channel = core.newChannel('fetch')
    this.#onProgress = onProgress
  }

  /**
   * Sends a fetch to each leader without a request, for the partitions that have no buffered
   * records.
   */
  sendFetches(): void {
    const byLeader = new Map<number, AssignedPartition[]>()
    const withoutLeader: string[] = []
    for (const partition of this.#assigned) {
      if (!this.#isFetchable(partition)) continue
      const leader = this.#core.metadata.leader(partition)
      if (leader === undefined) {
        withoutLeader.push(partition.topic)
        continue
      }
      const { nodeId } = leader.node
      if (this.#busyNodes.has(nodeId)) continue
      const led = byLeader.get(nodeId)
      if (led === undefined) byLeader.set(nodeId, [partition])
      else led.push(partition)
    }
    for (const [nodeId, partitions] of byLeader) void this.#fetch(nodeId, partitions)
    if (withoutLeader.length > 0) void this.#refresh(withoutLeader)
  }

  /**
   * Returns fetched records, and moves the positions after them.
   *
   * @throws the error of a fetch that cannot be retried
   */
  take(maxRecords: number): ConsumerRecord[] {
    this.#throwFailure()
    const taken: ConsumerRecord[] = []
    while (taken.length < maxRecords && this.#buffered.length > 0) {
      const first = this.#buffered[0]!
      if (!this.#isUsable(first) || this.#takeFrom(first, taken, maxRecords)) this.#buffered.shift()
      else if (first.partition.isPaused) {
        // Records of paused partitions stay buffered, after the others.
        if (this.#buffered.every(({ partition }) => partition.isPaused)) break
        this.#buffered.push(this.#buffered.shift()!)
      }
    }
    return taken
  }

  /** Cancels requests and drops buffered records. */
  close(): void {
    this.#closing.abort(new ClientError('CLOSED', 'the consumer was closed'))
    this.#core.connections.closeChannel(this.#channel)
    this.#buffered.length = 0
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  /**
   * Takes records of one partition, and moves its position. Returns whether none is left. An error
   * waits for the next poll if records before it were taken.
   */
  #takeFrom(
    { partition, records }: Buffered,
    taken: ConsumerRecord[],
    maxRecords: number,
  ): boolean {
    if (partition.isPaused) return false
    let isAtEnd = false
    try {
      while (!isAtEnd && taken.length < maxRecords) {
        const record = records.next()
        if (record === undefined) isAtEnd = true
        else taken.push(record)
      }
    } catch (error) {
      isAtEnd = true
      if (taken.length === 0) throw error
      this.#failure = error as Error
    } finally {
      const leaderEpoch = Math.max(records.leaderEpoch, partition.position!.leaderEpoch)
      partition.position = { offset: records.nextOffset, leaderEpoch }
    }
    return isAtEnd
  }

  #isFetchable(partition: AssignedPartition): boolean {
    if (partition.resetTimestamp !== undefined || partition.isPaused) return false
    if (!hasValidPosition(partition, this.#core.metadata)) return false
    if (partition.retryAtMs > this.#core.settings.clock.now()) return false
    return !this.#buffered.some((each) => each.partition === partition && this.#isUsable(each))
  }

  /**
   * Whether the buffered records are the next ones of the partition: not after a seek or a
   * rebalance.
   */
  #isUsable({ partition, records }: Buffered): boolean {
    return (
      this.#assigned.isCurrent(partition) &&
      partition.resetTimestamp === undefined &&
      partition.position?.offset === records.nextOffset
    )
  }

  async #fetch(nodeId: number, partitions: readonly AssignedPartition[]): Promise<void> {
    this.#busyNodes.add(nodeId)
    const { metadata, settings } = this.#core
    const offsets = partitions.map(({ position }) => position!.offset)
    try {
      const connection = await metadata.broker(nodeId, this.#channel, [this.#closing.signal])
      const { request, maxVersion } = this.#request(partitions)
      const timeoutMs = settings.requestTimeoutMs + this.#options.fetchMaxWaitMs
      const response = await connection.send(Fetch, request, { maxVersion, timeoutMs })
      this.#onResponse(response, partitions, offsets)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      if (isRetriableError(error)) for (const each of partitions) this.#backOff(each)
      else this.#failure = error as Error
    } finally {
      this.#busyNodes.delete(nodeId)
      if (!this.#closing.signal.aborted) this.#onProgress()
    }
  }

  #request(partitions: readonly AssignedPartition[]): {
    request: RequestInput<typeof Fetch>
    maxVersion: number
  } {
    const { metadata } = this.#core
    const { fetchMaxWaitMs, fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes } = this.#options
    const topics = groupByTopic(partitions, (partition) => ({
      partition: partition.partition,
      currentLeaderEpoch: metadata.leader(partition)?.epoch ?? -1,
      fetchOffset: partition.position!.offset,
      partitionMaxBytes: maxPartitionFetchBytes,
      replicaDirectoryId: ZERO_UUID,
    })).map(({ name, partitions }) => ({
      topic: name,
      topicId: metadata.topic(name)?.topicId ?? ZERO_UUID,
      partitions,
    }))
    const hasIds = topics.every(({ topicId }) => topicId !== ZERO_UUID)
    const request = {
      maxWaitMs: fetchMaxWaitMs,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      isolationLevel: isolationLevelId(this.#options.isolationLevel),
      topics,
      forgottenTopicsData: [],
    }
    return { request, maxVersion: hasIds ? Fetch.current.max : MAX_VERSION_BY_NAME }
  }

  #onResponse(
    response: ResponseOf<typeof Fetch>,
    partitions: readonly AssignedPartition[],
    offsets: readonly number[],
  ): void {
    if (response.errorCode !== ErrorCode.None)
      throw new BrokerError(response.errorCode, 'fetching records')
    for (const { topic, topicId, partitions: answers } of response.responses) {
      const name = topic || this.#core.metadata.nameOfTopic(topicId)
      for (const answer of answers) {
        const index = partitions.findIndex(
          (one) => one.topic === name && one.partition === answer.partitionIndex,
        )
        // A seek or a rebalance has made the response obsolete.
        const partition = partitions[index]
        if (partition === undefined || !this.#assigned.isCurrent(partition)) continue
        if (partition.position?.offset !== offsets[index]) continue
        const { metadata } = this.#core
        // The next request goes to the new leader immediately.
        if (metadata.noteLeader(partition, answer.currentLeader, response.nodeEndpoints)) continue
        this.#onPartition(partition, answer)
      }
    }
  }

  #onPartition(partition: AssignedPartition, answer: PartitionData): void {
    const { errorCode, highWatermark, lastStableOffset, records } = answer
    if (errorCode !== ErrorCode.None) {
      this.#onPartitionError(partition, errorCode)
      return
    }
    partition.highWatermark = highWatermark
    partition.lastStableOffset = lastStableOffset
    if (records === null || records.length === 0) return
    const { offset } = partition.position!
    const { checkCrcs } = this.#options
    this.#buffered.push({
      partition,
      records: new FetchedRecords(partition, offset, answer, checkCrcs),
    })
  }

  #onPartitionError(partition: AssignedPartition, errorCode: number): void {
    const place = `${nameOf(partition)} from offset ${partition.position!.offset}`
    if (errorCode === ErrorCode.OffsetOutOfRange) {
      const { autoOffsetReset } = this.#options
      if (autoOffsetReset === 'none')
        this.#failure ??= new ClientError('NO_OFFSET', `fetching ${place}: offset out of range`, {
          advice: 'Seek to an offset that the log has, or set autoOffsetReset.',
        })
      else partition.resetTimestamp = resetTimestamp(autoOffsetReset)
    } else if (isRetriable(errorCode) && errorCode !== ErrorCode.CorruptMessage) {
      this.#backOff(partition)
    } else if (errorCode === ErrorCode.UnknownServerError) {
      this.#backOff(partition)
    } else {
      this.#failure ??= new BrokerError(errorCode, `fetching ${place}`)
    }
  }

  /** Pauses fetching of the partition, and refreshes its leader. */
  #backOff(partition: AssignedPartition): void {
    const { clock, retryBackoffMs } = this.#core.settings
    partition.retryAtMs = clock.now() + retryBackoffMs
    this.#core.metadata.invalidate(partition.topic)
    void this.#refresh([partition.topic])
  }

  async #refresh(topics: readonly string[]): Promise<void> {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    const { metadata, settings } = this.#core
    try {
      await metadata.refresh([...new Set(topics)], [this.#closing.signal])
    } catch (error) {
      if (!isRetriableError(error)) this.#failure ??= error as Error
    }
    if (this.#closing.signal.aborted) return
    this.#onProgress()
    // Wait in every case, so that an error never repeats immediately.
    const timer = settings.clock.schedule(settings.retryBackoffMs, () => {
      stopListening()
      this.#isRefreshing = false
      this.#onProgress()
    })
    const stopListening = onceAborted(this.#closing.signal, () => timer.cancel())
  }
}
