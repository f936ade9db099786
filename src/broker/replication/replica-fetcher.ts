import type { Timer } from '../../platform/clock.ts'
import type { Turn } from '../../platform/turn.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { Fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { Delays } from '../delays.ts'
import { groupBy } from '../group-by.ts'
import type { Partition } from '../partition.ts'
import type { PeerBrokers } from '../peer-brokers.ts'
import { PeerConnection } from '../pipeline/peer-connection.ts'
import { FetchedPartition } from './fetched-partition.ts'
import { findFetchOffset } from './out-of-range.ts'

type Response = ResponseBody<typeof Fetch>
type PartitionResponse = Response['responses'][number]['partitions'][number]

/** The version of the Fetch requests between brokers. */
const FETCH_VERSION = 18

/** The epoch of a request that opens a session, and the id of no session. */
const INITIAL_EPOCH = 0
const NO_SESSION = 0

/** Limits of the fetches of a broker; see the configs of the same names. */
export interface FetcherConfig {
  /** `replica.fetch.wait.max.ms` */
  readonly maxWaitMs: number
  /** `replica.fetch.min.bytes` */
  readonly minBytes: number
  /** `replica.fetch.response.max.bytes` */
  readonly maxBytes: number
  /** `replica.fetch.max.bytes`, of each partition */
  readonly partitionMaxBytes: number
  /** `replica.fetch.backoff.ms` */
  readonly backoffMs: number
}

export interface FetcherOptions {
  readonly brokerId: number
  readonly brokerEpoch: () => number
  readonly peers: PeerBrokers
  readonly turn: Turn
  readonly delays: Delays
  readonly config: FetcherConfig
}

/**
 * Copies the partitions that one other broker leads (Kafka's `ReplicaFetcherThread`). It has one
 * Fetch under way, which waits at the leader until there is something to copy, and one session, so
 * that a request contains only the partitions that have changed.
 */
export class ReplicaFetcher {
  readonly #leaderId: number
  readonly #options: FetcherOptions
  readonly #connection = new PeerConnection()
  readonly #partitions = new Map<string, FetchedPartition>()
  /** Partitions whose next request differs from what the session knows. */
  #changed = new Set<FetchedPartition>()
  /** Partitions of the session that are not fetched any more. */
  #forgotten: FetchedPartition[] = []
  #sessionId = NO_SESSION
  #sessionEpoch = INITIAL_EPOCH
  #isRunning = false
  /** The wait before the next attempt after a failure. */
  #retry: object | undefined
  #turn: Timer | undefined
  #isClosed = false

  constructor(leaderId: number, options: FetcherOptions) {
    this.#leaderId = leaderId
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#partitions.size === 0
  }

  /** Begins to copy a partition, or begins again in a new leader epoch. */
  add(partition: Partition): void {
    this.remove(partition)
    const fetched = new FetchedPartition(partition)
    this.#partitions.set(fetched.key, fetched)
    this.#changed.add(fetched)
    this.#run()
  }

  remove(partition: Partition): void {
    const key = FetchedPartition.keyOf(partition)
    const fetched = this.#partitions.get(key)
    if (fetched === undefined) return
    this.#partitions.delete(key)
    this.#leave(fetched)
  }

  /** Stops. What a request that is under way returns is dropped. */
  close(): void {
    this.#isClosed = true
    this.#partitions.clear()
    this.#turn?.cancel()
    this.#connection.wake()
  }

  /** Fetches in the next turn, so that all partitions of a metadata change are one request. */
  #run(): void {
    if (this.#isRunning && this.#retry === undefined) {
      this.#connection.wake()
      return
    }
    this.#isRunning = true
    this.#retry = undefined
    this.#fetchInNextTurn()
  }

  #fetchInNextTurn(): void {
    this.#turn = this.#options.turn.after(() => this.#fetch())
  }

  #fetch(): void {
    if (this.#isClosed || !this.#hasWork()) {
      this.#isRunning = false
      return
    }
    const request = this.#nextRequest()
    this.#connection.begin()
    const answer = this.#options.peers.send(
      this.#leaderId,
      Fetch,
      FETCH_VERSION,
      request,
      this.#connection,
    )
    if (answer instanceof Promise) void answer.then((response) => this.#onAnswer(response, false))
    else this.#onAnswer(answer, true)
  }

  /** Whether there is a partition to fetch that is not delayed. */
  #hasWork(): boolean {
    if (this.#changed.size > 0) return true
    for (const { isInSession } of this.#partitions.values()) if (isInSession) return true
    this.#forgetSession()
    return false
  }

  /** @param isImmediate whether the leader did not wait: then others get a turn first */
  #onAnswer(response: Response | undefined, isImmediate: boolean): void {
    if (this.#isClosed) return
    if (response === undefined) return void this.#retryLater()
    if (response.errorCode !== ErrorCode.None) {
      const isNew = this.#sessionId === NO_SESSION
      this.#forgetSession()
      return isNew ? void this.#retryLater() : this.#next(true)
    }
    this.#sessionId = response.sessionId ?? NO_SESSION
    if (this.#sessionId === NO_SESSION) this.#forgetSession()
    else this.#sessionEpoch = this.#sessionEpoch === 2 ** 31 - 1 ? 1 : this.#sessionEpoch + 1
    const commits: Promise<void>[] = []
    for (const { topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const fetched = this.#partitions.get(`${topicId} ${answer.partitionIndex}`)
        // A partition that was added again meanwhile fetches from its new start first.
        if (fetched === undefined || fetched.isNew) continue
        this.#take(fetched, answer, commits)
      }
    }
    if (commits.length === 0) return this.#next(isImmediate)
    // The leader may count only what is on the disk.
    void Promise.all(commits).then(() => this.#next(isImmediate))
  }

  #next(isImmediate: boolean): void {
    if (isImmediate) this.#fetchInNextTurn()
    else this.#fetch()
  }

  #take(fetched: FetchedPartition, answer: PartitionResponse, commits: Promise<void>[]): void {
    switch (answer.errorCode as ErrorCode) {
      case ErrorCode.None: {
        if (!fetched.take(answer)) return this.#delay(fetched)
        const commit = fetched.partition.log.durability.commit()
        if (commit !== undefined) commits.push(commit)
        if (fetched.hasChanged) this.#changed.add(fetched)
        return
      }
      case ErrorCode.OffsetOutOfRange:
        return void this.#findOffset(fetched)
      default:
        return this.#delay(fetched)
    }
  }

  /** Leaves a partition out for a while. */
  #delay(fetched: FetchedPartition): void {
    this.#leave(fetched)
    void this.#resume(fetched)
  }

  async #resume(fetched: FetchedPartition): Promise<void> {
    const hasElapsed = await this.#options.delays.wait(this.#options.config.backoffMs)
    if (!hasElapsed || this.#partitions.get(fetched.key) !== fetched) return
    fetched.startAgain()
    this.#changed.add(fetched)
    this.#run()
  }

  /** Finds out where to continue after the leader has deleted or lost records. */
  async #findOffset(fetched: FetchedPartition): Promise<void> {
    this.#leave(fetched)
    const { peers } = this.#options
    const source = { peers, leaderId: this.#leaderId, brokerId: this.#options.brokerId }
    const isFound = await findFetchOffset(source, fetched.partition)
    if (this.#isClosed || this.#partitions.get(fetched.key) !== fetched) return
    if (!isFound) return void this.#resume(fetched)
    fetched.startAgain()
    this.#changed.add(fetched)
    this.#run()
  }

  #leave(fetched: FetchedPartition): void {
    this.#changed.delete(fetched)
    if (fetched.isInSession) this.#forgotten.push(fetched)
    fetched.isInSession = false
  }

  async #retryLater(): Promise<void> {
    this.#forgetSession()
    const retry = {}
    this.#retry = retry
    const hasElapsed = await this.#options.delays.wait(this.#options.config.backoffMs)
    if (!hasElapsed || this.#retry !== retry) return
    this.#retry = undefined
    this.#fetch()
  }

  /** The next request opens a new session with all partitions that are not delayed. */
  #forgetSession(): void {
    this.#sessionId = NO_SESSION
    this.#sessionEpoch = INITIAL_EPOCH
    this.#forgotten = []
    for (const fetched of this.#partitions.values()) {
      if (fetched.isInSession) this.#changed.add(fetched)
      fetched.isInSession = false
    }
  }

  #nextRequest(): RequestOf<typeof Fetch> {
    const { brokerId, brokerEpoch, config } = this.#options
    const topics = byTopic([...this.#changed], (fetched) => fetched.next(config.partitionMaxBytes))
    const isForgotten = (fetched: FetchedPartition) => !this.#changed.has(fetched)
    const forgotten = byTopic(
      this.#forgotten.filter(isForgotten),
      ({ partition }) => partition.partition,
    )
    this.#changed = new Set()
    this.#forgotten = []
    return {
      clusterId: null,
      replicaId: -1,
      replicaState: { replicaId: brokerId, replicaEpoch: brokerEpoch() },
      maxWaitMs: config.maxWaitMs,
      minBytes: config.minBytes,
      maxBytes: config.maxBytes,
      isolationLevel: 0,
      sessionId: this.#sessionId,
      sessionEpoch: this.#sessionEpoch,
      topics,
      forgottenTopicsData: forgotten,
      rackId: '',
    }
  }
}

/** Returns the partitions by topic id, as a request names them. */
function byTopic<T>(
  partitions: readonly FetchedPartition[],
  map: (fetched: FetchedPartition) => T,
): { topic: string; topicId: Uuid; partitions: T[] }[] {
  const topics = groupBy(partitions, ({ partition }) => partition.topicId)
  return [...topics].map(([topicId, fetched]) => ({
    topic: '',
    topicId,
    partitions: fetched.map(map),
  }))
}
