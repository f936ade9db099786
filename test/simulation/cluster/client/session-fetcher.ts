import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Fetch } from '../../../../src/protocol/messages/01-fetch.ts'
import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { orLost, type Client } from './client.ts'
import { readLog } from './read-log.ts'

type PartitionResponse = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]

/** A partition in the session, and what the last response said about it. */
interface Position {
  readonly topic: TopicModel
  readonly partition: number
  offset: number
  last: Pick<PartitionResponse, 'highWatermark' | 'lastStableOffset' | 'logStartOffset'> | undefined
  /** Whether the next request must contain it. */
  isChanged: boolean
}

/**
 * A consumer of several partitions of one broker with a fetch session (KIP-227): requests and
 * responses contain only the partitions that have changed.
 */
export class SessionFetcher {
  readonly #client: Client
  readonly port: number
  readonly #isolationLevel: number
  readonly #positions = new Map<string, Position>()
  #sessionId = 0
  #sessionEpoch = 0

  constructor(client: Client, port: number) {
    this.#client = client
    this.port = port
    this.#isolationLevel = client.dice.int(2)
  }

  add(topic: TopicModel, partition: number): void {
    const offset = this.#client.dice.int(topic.partitions[partition]!.endOffset + 1)
    const position = { topic, partition, offset, last: undefined, isChanged: true }
    this.#positions.set(`${topic.id} ${partition}`, position)
  }

  get isEmpty(): boolean {
    return this.#positions.size === 0
  }

  /** Fetches once. Returns false when the session is over. */
  async fetch(): Promise<boolean> {
    const client = this.#client
    const maxWaitMs = client.dice.pick([0, 50, 500])
    const changed = [...this.#positions.values()].filter(({ isChanged }) => isChanged)
    const request = {
      maxWaitMs,
      minBytes: 1,
      maxBytes: client.dice.pick([300, 4000, 1_000_000]),
      isolationLevel: this.#isolationLevel,
      sessionId: this.#sessionId,
      sessionEpoch: this.#sessionEpoch,
      topics: changed.map(({ topic, partition, offset }) => ({
        topic: topic.name,
        topicId: topic.id,
        partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 1000 }],
      })),
      forgottenTopicsData: [],
    }
    const sentAtMs = client.nowMs
    const version = client.version(13, 18)
    const response = await orLost(
      client.call(this.port, Fetch, version, request, { parkedMs: maxWaitMs }),
    )
    if (response === undefined) return false
    switch (response.errorCode) {
      case ErrorCode.None:
        break
      case ErrorCode.FetchSessionIdNotFound:
      case ErrorCode.FetchSessionTopicIdError:
        return false
      default:
        client.world.disagree(`Fetch in a session is answered with error ${response.errorCode}`)
    }
    for (const position of changed) position.isChanged = false
    const isFull = this.#sessionEpoch === 0
    this.#sessionId = response.sessionId
    this.#sessionEpoch++
    this.#take(response, sentAtMs, isFull)
    return this.#sessionId !== 0
  }

  #take({ responses }: ResponseOf<typeof Fetch>, sentAtMs: number, isFull: boolean): void {
    const unchanged = new Set(this.#positions.values())
    for (const { topicId, partitions } of responses) {
      for (const fetched of partitions) {
        const position = this.#positions.get(`${topicId} ${fetched.partitionIndex}`)
        if (position === undefined) {
          this.#client.world.disagree(
            `Fetch is answered with ${topicId}, which is not in the session`,
          )
        }
        unchanged.delete(position)
        this.#takePartition(position, fetched, sentAtMs)
      }
    }
    for (const position of unchanged) {
      const { topic, last } = position
      if (isFull) this.#client.world.disagree(`a full Fetch is answered without ${topic.name}`)
      // The broker says that nothing has changed since the last response.
      if (last !== undefined) this.#check(position, last, [], sentAtMs)
    }
  }

  #takePartition(position: Position, fetched: PartitionResponse, sentAtMs: number): void {
    if (fetched.errorCode !== ErrorCode.None) {
      position.last = undefined
      if (fetched.errorCode === ErrorCode.OffsetOutOfRange) {
        position.topic.partitions[position.partition]!.checkOutOfRange(position.offset, sentAtMs)
      }
      return
    }
    const { entries, nextOffset } = readLog(fetched, position.offset)
    position.last = fetched
    this.#check(position, fetched, entries, sentAtMs)
    position.isChanged = nextOffset !== position.offset
    position.offset = nextOffset
  }

  #check(
    { topic, partition, offset: fetchOffset }: Position,
    { highWatermark, lastStableOffset, logStartOffset }: NonNullable<Position['last']>,
    entries: ReturnType<typeof readLog>['entries'],
    sentAtMs: number,
  ): void {
    const isReadCommitted = this.#isolationLevel === 1
    const offsets = { highWatermark, lastStableOffset, logStartOffset }
    const mayBeStale = !this.#client.world.cluster.isLeader(this.port, topic.id, partition)
    const fetched = { mayBeStale, fetchOffset, sentAtMs, isReadCommitted, entries, ...offsets }
    topic.partitions[partition]!.checkFetched(fetched, this.#client.nowMs)
  }
}
