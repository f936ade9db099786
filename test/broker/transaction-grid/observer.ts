import {
  DescribeProducers,
  DescribeTransactions,
  Fetch,
  ListOffsets,
  ListTransactions,
  OffsetFetch,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode, errorName } from '../../../src/protocol/error-code.ts'
import type { ResponseOf } from '../../../src/protocol/schema/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import type { Texts } from './text.ts'

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const LATEST = -1
const EARLIEST = -2
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** How often transactions are described before a scenario fails. */
const MAX_ATTEMPTS = 5000

type Described = ResponseOf<typeof DescribeTransactions>['transactionStates'][number]
type FetchedPartition = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]

/**
 * What clients see of the transactions, partitions and groups of a scenario. A line that has not
 * changed since the last time is not written again.
 */
export class Observer {
  readonly transactionalIds = new Set<string>()
  /** The numbers of their partitions. */
  readonly topics = new Map<string, number>()
  readonly groupIds = new Set<string>()
  /** Partitions into which markers cannot be written, so that transactions stay prepared. */
  readonly held = new Set<string>()
  readonly #texts: Texts
  readonly #connect: () => Promise<KafkaConnection>
  readonly #last = new Map<string, string>()
  /** Log start offsets of partitions whose first records were deleted. */
  readonly #starts = new Map<string, number>()
  #connection: KafkaConnection | undefined

  constructor(texts: Texts, connect: () => Promise<KafkaConnection>) {
    this.#texts = texts
    this.#connect = connect
  }

  /** Waits for the end of prepared transactions. */
  async settled(): Promise<void> {
    await this.#transactions(await this.#connected())
  }

  /** Waits for the end of prepared transactions, and returns what has changed. */
  async changes(): Promise<string[]> {
    const connection = await this.#connected()
    const seen = new Map<string, string>([
      ...(await this.#transactions(connection)),
      ...(await this.#partitions(connection)),
      ...(await this.#groups(connection)),
    ])
    const changed = [...seen].filter(([key, text]) => this.#last.get(key) !== text)
    for (const [key, text] of changed) this.#last.set(key, text)
    return changed.map(([key, text]) => `    ${key}: ${text}`.trimEnd())
  }

  close(): void {
    this.#connection?.close()
  }

  /** Returns the base offsets of the batches in partition 0. */
  async batchOffsets(topic: string): Promise<number[]> {
    const connection = await this.#connected()
    const { responses } = await connection.call(Fetch, 12, this.#fetch([topic], READ_UNCOMMITTED))
    const { records } = await this.#toTheEnd(connection, topic, responses[0]!.partitions[0]!, 0)
    return [...batchesOf(records ?? new Uint8Array(0))].map(({ baseOffset }) => baseOffset)
  }

  async #connected(): Promise<KafkaConnection> {
    if (this.#connection === undefined || this.#connection.isClosed) {
      this.#connection = await this.#connect()
    }
    return this.#connection
  }

  async #transactions(connection: KafkaConnection): Promise<[string, string][]> {
    const transactionalIds = [...this.transactionalIds]
    if (transactionalIds.length === 0) return []
    const request = { transactionalIds: transactionalIds.map((id) => this.#texts.prefixed(id)) }
    for (let attempts = 0; ; attempts++) {
      if (attempts > MAX_ATTEMPTS) throw new Error(`${transactionalIds.join(', ')} stay prepared`)
      const [described, listed] = await Promise.all([
        connection.call(DescribeTransactions, 0, request),
        connection.call(ListTransactions, 1, { stateFilters: [], producerIdFilters: [] }),
      ])
      const { transactionStates: states } = described
      if (states.some((state) => this.#isEnding(state))) continue
      const listedStates = new Map(
        listed.transactionStates.map((one) => [one.transactionalId, one.transactionState]),
      )
      return states.map((state) => [
        state.transactionalId.slice(this.#texts.prefixed('x').length - 1),
        this.#transaction(state, listedStates.get(state.transactionalId)),
      ])
    }
  }

  /** Whether markers will soon be written. */
  #isEnding({ transactionState, topics }: Described): boolean {
    if (!transactionState.startsWith('Prepare')) return false
    const partitions = topics.flatMap(({ topic, partitions: of }) =>
      of.map((partition) => `${topic}-${partition}`),
    )
    const held = new Set([...this.held].map((name) => this.#texts.prefixed(name)))
    return this.held.size === 0 || !partitions.every((partition) => held.has(partition))
  }

  #transaction(state: Described, listed: string | undefined): string {
    if (state.errorCode !== ErrorCode.None) {
      return errorName(state.errorCode) + (listed === undefined ? '' : `, listed as ${listed}`)
    }
    const { transactionState, transactionTimeoutMs, transactionStartTimeMs } = state
    const started = transactionStartTimeMs > 0 ? 'started' : 'not started'
    const producer = `${this.#texts.producerId(state.producerId)}/${state.producerEpoch}`
    const partitions = state.topics.flatMap(({ topic, partitions: of }) =>
      of.map((partition) => this.#texts.of(`${topic}-${partition}`).replaceAll('"', '')),
    )
    const otherwise = listed === transactionState ? '' : `, listed as ${listed}`
    return `${transactionState} ${producer}, ${transactionTimeoutMs} ms, ${started}, [${partitions.toSorted().join(' ')}]${otherwise}`
  }

  async #partitions(connection: KafkaConnection): Promise<[string, string][]> {
    const names = [...this.topics.keys()]
    if (names.length === 0) return []
    const [described, all, committed, latest] = await Promise.all([
      connection.call(DescribeProducers, 0, {
        topics: names.map((name) => ({
          name: this.#texts.prefixed(name),
          partitionIndexes: this.#partitionsOf(name),
        })),
      }),
      connection.call(Fetch, 12, this.#fetch(names, READ_UNCOMMITTED)),
      connection.call(Fetch, 12, this.#fetch(names, READ_COMMITTED)),
      connection.call(ListOffsets, 8, { ...this.#latest(names), isolationLevel: READ_COMMITTED }),
    ])
    const producers = new Map(
      described.topics.flatMap(({ name, partitions }) =>
        partitions.map((one) => [`${name}-${one.partitionIndex}`, one]),
      ),
    )
    const partitionsOf = (response: ResponseOf<typeof Fetch>) =>
      new Map(
        response.responses.flatMap(({ topic, partitions }) =>
          partitions.map((one) => [`${topic}-${one.partitionIndex}`, one]),
        ),
      )
    if (await this.#hasNewStart(connection, all)) return this.#partitions(connection)
    await this.#readToTheEnd(connection, all, READ_UNCOMMITTED)
    await this.#readToTheEnd(connection, committed, READ_COMMITTED)
    const [uncommittedBy, committedBy] = [partitionsOf(all), partitionsOf(committed)]
    const latestBy = new Map(
      latest.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, offset }) => [`${name}-${partitionIndex}`, offset]),
      ),
    )
    return names.flatMap((name) =>
      this.#partitionsOf(name).flatMap((partition): [string, string][] => {
        const key = `${this.#texts.prefixed(name)}-${partition}`
        const plain = `${name}-${partition}`
        const uncommitted = uncommittedBy.get(key)!
        const { activeProducers = [], errorCode = ErrorCode.None } = producers.get(key) ?? {}
        const text = this.#offsets(uncommitted, committedBy.get(key)!, latestBy.get(key))
        return [
          [plain, text],
          [
            `${plain} producers`,
            errorCode === ErrorCode.None
              ? this.#texts.of(activeProducers.map((one) => ({ ...one })))
              : errorName(errorCode),
          ],
        ]
      }),
    )
  }

  /** Whether records were deleted since the last time, so that offsets are out of range. */
  async #hasNewStart(
    connection: KafkaConnection,
    { responses }: ResponseOf<typeof Fetch>,
  ): Promise<boolean> {
    const moved = responses.filter(({ partitions }) =>
      partitions.some(({ errorCode }) => errorCode === ErrorCode.OffsetOutOfRange),
    )
    for (const { topic } of moved) {
      const plain = [...this.topics.keys()].find((name) => this.#texts.prefixed(name) === topic)!
      const { topics } = await connection.call(ListOffsets, 8, this.#list([plain], EARLIEST))
      for (const { partitionIndex, offset } of topics[0]!.partitions) {
        this.#starts.set(`${topic}-${partitionIndex}`, offset)
      }
    }
    return moved.length > 0
  }

  /** Brokers return the records of one segment at a time. */
  async #readToTheEnd(
    connection: KafkaConnection,
    { responses }: ResponseOf<typeof Fetch>,
    isolationLevel: number,
  ): Promise<void> {
    for (const { topic, partitions } of responses) {
      const plain = [...this.topics.keys()].find((name) => this.#texts.prefixed(name) === topic)!
      for (const [index, partition] of partitions.entries()) {
        partitions[index] = await this.#toTheEnd(connection, plain, partition, isolationLevel)
      }
    }
  }

  async #toTheEnd(
    connection: KafkaConnection,
    topic: string,
    partition: FetchedPartition,
    isolationLevel: number,
  ): Promise<FetchedPartition> {
    const { partitionIndex, highWatermark, lastStableOffset } = partition
    const end = isolationLevel === READ_COMMITTED ? lastStableOffset : highWatermark
    const batches = [partition.records ?? new Uint8Array(0)]
    const aborted = [...(partition.abortedTransactions ?? [])]
    for (;;) {
      const next = [...batchesOf(batches.at(-1)!)].at(-1)?.lastOffset
      if (next === undefined || next + 1 >= end) break
      const request = this.#fetch([topic], isolationLevel)
      request.topics[0]!.partitions = [
        { partition: partitionIndex, fetchOffset: next + 1, partitionMaxBytes: 1 << 20 },
      ]
      const { responses } = await connection.call(Fetch, 12, request)
      const more = responses[0]!.partitions[0]!
      if ((more.records?.length ?? 0) === 0) break
      batches.push(Uint8Array.from(more.records!))
      for (const one of more.abortedTransactions ?? []) {
        const isKnown = aborted.some(
          ({ producerId, firstOffset }) =>
            producerId === one.producerId && firstOffset === one.firstOffset,
        )
        if (!isKnown) aborted.push(one)
      }
    }
    return { ...partition, records: Buffer.concat(batches), abortedTransactions: aborted }
  }

  #offsets(
    uncommitted: FetchedPartition,
    committed: FetchedPartition,
    latestCommitted: number | undefined,
  ): string {
    const { errorCode, logStartOffset, highWatermark } = uncommitted
    if (errorCode !== ErrorCode.None) return errorName(errorCode)
    const aborted = (committed.abortedTransactions ?? []).map(
      ({ producerId, firstOffset }) => `${this.#texts.producerId(producerId)} at ${firstOffset}`,
    )
    const stable = committed.lastStableOffset
    const asListed = stable === latestCommitted ? '' : `, ListOffsets returns ${latestCommitted}`
    return (
      `start ${logStartOffset}, stable ${stable}, end ${highWatermark}${asListed}, ` +
      `aborted [${aborted.join(', ')}], ` +
      `log: ${this.#texts.batches(uncommitted.records ?? new Uint8Array(0))}` +
      (sizeOf(uncommitted) === sizeOf(committed)
        ? ''
        : ` read_committed: ${this.#texts.batches(committed.records ?? new Uint8Array(0))}`)
    )
  }

  async #groups(connection: KafkaConnection): Promise<[string, string][]> {
    const seen: [string, string][] = []
    for (const groupId of this.groupIds) {
      for (const requireStable of [false, true]) {
        const { groups } = await connection.call(OffsetFetch, 8, {
          groupId: '',
          topics: null,
          groups: [{ groupId: this.#texts.prefixed(groupId), topics: null }],
          requireStable,
        })
        const partitions = groups[0]!.topics.flatMap(({ name, partitions: of }) =>
          of.map(({ partitionIndex, committedOffset, metadata, errorCode }) => {
            const error = errorCode === ErrorCode.None ? '' : ` ${errorName(errorCode)}`
            const shown = metadata === '' ? '' : ` ${metadata}`
            return this.#texts
              .of(`${name}-${partitionIndex} ${committedOffset}${shown}${error}`)
              .replaceAll('"', '')
          }),
        )
        const error = errorName(groups[0]!.errorCode)
        const text = `${error === 'NONE' ? '' : `${error} `}[${partitions.toSorted().join(', ')}]`
        seen.push([`group ${groupId}${requireStable ? ' stable' : ''}`, text])
      }
    }
    return seen
  }

  #partitionsOf(topic: string): number[] {
    return Array.from({ length: this.topics.get(topic)! }, (_, partition) => partition)
  }

  #fetch(topics: readonly string[], isolationLevel: number) {
    return {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel,
      topics: topics.map((topic) => ({
        topic: this.#texts.prefixed(topic),
        topicId: NO_TOPIC_ID,
        partitions: this.#partitionsOf(topic).map((partition) => ({
          partition,
          fetchOffset: this.#starts.get(`${this.#texts.prefixed(topic)}-${partition}`) ?? 0,
          partitionMaxBytes: 1 << 20,
        })),
      })),
      forgottenTopicsData: [],
    }
  }

  #latest(topics: readonly string[]) {
    return this.#list(topics, LATEST)
  }

  #list(topics: readonly string[], timestamp: number) {
    return {
      replicaId: -1,
      isolationLevel: READ_UNCOMMITTED,
      timeoutMs: 0,
      topics: topics.map((topic) => ({
        name: this.#texts.prefixed(topic),
        partitions: this.#partitionsOf(topic).map((partitionIndex) => ({
          partitionIndex,
          timestamp,
        })),
      })),
    }
  }
}

function sizeOf({ records }: FetchedPartition): number {
  return records?.length ?? 0
}
