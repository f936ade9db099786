import type { Clock, Timer } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ReadIsolation } from '../../log/log-types.ts'
import { CLOSE_CONNECTION } from '../../network/frame-handler.ts'
import type { RequestConnection } from '../../network/request-connection.ts'
import type { Partition } from '../partition.ts'
import type { ReplicaManager } from '../replica-manager.ts'
import type { AcquireMode } from './acquire-request.ts'
import type { AcquiredRecords } from './acquired-records.ts'
import { divideMaxBytes } from './partition-max-bytes.ts'
import { readForAcquire, type ReadForAcquire } from './read-for-acquire.ts'
import { keyOf, type TopicIdPartition } from './share-partition-id.ts'
import type { SharePartition } from './share-partition.ts'

/** The limits of one ShareFetch. */
export interface ShareFetchLimits {
  readonly memberId: string
  readonly mode: AcquireMode
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxRecords: number
  readonly batchSize: number
  readonly isolation: ReadIsolation
}

/** The result of a ShareFetch for one partition. */
export interface ShareFetchAnswer {
  readonly target: TopicIdPartition
  readonly errorCode: ErrorCode
  readonly records: readonly Uint8Array[]
  readonly acquired: readonly AcquiredRecords[]
}

export interface ShareFetchServices {
  readonly clock: Clock
  readonly random: Random
  readonly replicas: ReplicaManager
  readonly connection: RequestConnection
  /**
   * Called when the fetch begins to wait, with the function that answers it. Returns the function
   * to call when it ends.
   */
  readonly onParked: (release: () => void) => () => void
}

/** A partition from which records can be acquired, and what was read from it. */
interface ReadPartition {
  readonly sharePartition: SharePartition
  readonly fetchOffset: number
  readonly read: ReadForAcquire | ApiError
  readonly logStartOffset: number
}

/**
 * One ShareFetch: it reads the partitions from which the member can acquire records, or waits until
 * there are enough (Kafka's `ShareFetch` and `DelayedShareFetch`).
 */
export class ShareFetch {
  readonly #services: ShareFetchServices
  readonly #limits: ShareFetchLimits
  readonly #targets: readonly TopicIdPartition[]
  readonly #sharePartitions: SharePartition[] = []
  /** The answers for partitions that cannot be fetched, by {@link keyOf}. */
  readonly #errors = new Map<string, ShareFetchAnswer>()

  constructor(
    services: ShareFetchServices,
    limits: ShareFetchLimits,
    targets: readonly TopicIdPartition[],
  ) {
    this.#services = services
    this.#limits = limits
    this.#targets = targets
  }

  addPartition(sharePartition: SharePartition): void {
    this.#sharePartitions.push(sharePartition)
  }

  addError(target: TopicIdPartition, error: ApiError): void {
    this.#errors.set(keyOf(target), answer(target, error.errorCode))
  }

  /**
   * Returns the acquired records when there are enough, or when the time is over. The operation is
   * dropped when its connection closes.
   */
  run():
    | ShareFetchAnswer[]
    | Promise<ShareFetchAnswer[] | typeof CLOSE_CONNECTION>
    | typeof CLOSE_CONNECTION {
    if (this.#services.connection.isClosed) return CLOSE_CONNECTION
    if (this.#errors.size === this.#targets.length) return this.#withErrors([])
    const answers = this.#attempt(this.#limits.maxWaitMs <= 0)
    return answers ?? this.#wait()
  }

  #wait(): Promise<ShareFetchAnswer[] | typeof CLOSE_CONNECTION> {
    const { clock, connection, replicas, onParked } = this.#services
    return new Promise((resolve) => {
      const watched: Partition[] = []
      const finish = (answers: ShareFetchAnswer[] | typeof CLOSE_CONNECTION): void => {
        timer.cancel()
        stopListening()
        unpark()
        for (const partition of watched) partition.unwatch(onProgress)
        for (const sharePartition of this.#sharePartitions) sharePartition.unwatch(onProgress)
        resolve(answers)
      }
      const onProgress = (): void => {
        // A closing connection first releases its records, for other members.
        if (connection.isClosed) return
        const answers = this.#attempt(false)
        if (answers !== undefined) finish(answers)
      }
      const timer: Timer = clock.schedule(this.#limits.maxWaitMs, () =>
        finish(this.#attempt(true)!),
      )
      const stopListening = connection.onClose(() => finish(CLOSE_CONNECTION))
      // Without records: a member that leaves must not acquire more.
      const unpark = onParked(() => finish(this.#withErrors([])))
      for (const sharePartition of this.#sharePartitions) {
        const { topic, partition: index } = sharePartition.id
        const partition = replicas.leader(topic, index)
        if (partition instanceof ApiError) continue
        partition.watch(onProgress)
        watched.push(partition)
        sharePartition.watch(onProgress)
      }
    })
  }

  /** Returns `undefined` if there is not enough to acquire, unless it is the last attempt. */
  #attempt(isLast: boolean): ShareFetchAnswer[] | undefined {
    const { minBytes, maxBytes } = this.#limits
    const acquirable: { sharePartition: SharePartition; fetchOffset: number }[] = []
    for (const sharePartition of this.#sharePartitions) {
      const fetchOffset = sharePartition.nextFetchOffset()
      if (fetchOffset !== undefined) acquirable.push({ sharePartition, fetchOffset })
    }
    if (acquirable.length === 0) return isLast ? this.#withErrors([]) : undefined
    if (maxBytes < 0) {
      // Kafka's strategy for the size of partitions throws.
      for (const { sharePartition } of acquirable) {
        this.addError(sharePartition.id, ApiError.of(ErrorCode.UnknownServerError))
      }
      return this.#withErrors([])
    }
    const reads = this.#readAll(acquirable)
    let availableBytes = 0
    let isUrgent = isLast
    for (const { read } of reads) {
      if (read instanceof ApiError) isUrgent = true
      else availableBytes += read.availableBytes
    }
    if (!isUrgent && availableBytes < minBytes) return undefined
    return this.#withErrors(this.#acquireAll(reads))
  }

  #readAll(
    acquirable: readonly { sharePartition: SharePartition; fetchOffset: number }[],
  ): ReadPartition[] {
    const { random, replicas, connection } = this.#services
    const { maxBytes, maxRecords, isolation } = this.#limits
    const shares = divideMaxBytes(maxBytes, acquirable.length, random)
    const allocate = connection.beginAnswer()
    let room = maxBytes
    return acquirable.map(({ sharePartition, fetchOffset }, index) => {
      const { topic, partition } = sharePartition.id
      const led = replicas.leader(topic, partition)
      if (led instanceof ApiError) {
        return { sharePartition, fetchOffset, read: led, logStartOffset: -1 }
      }
      const { log } = led
      const read = readForAcquire(log, {
        fetchOffset,
        maxBytes: Math.min(shares[index]!, room),
        isolation,
        minOneMessage: room === maxBytes,
        lastOffset: Math.max(fetchOffset, sharePartition.nextNewOffset) + maxRecords - 1,
        allocate,
      })
      if (!(read instanceof ApiError)) room = Math.max(0, room - read.sizeInBytes)
      return { sharePartition, fetchOffset, read, logStartOffset: log.logStartOffset }
    })
  }

  #acquireAll(reads: readonly ReadPartition[]): ShareFetchAnswer[] {
    const { memberId, mode, batchSize, maxRecords } = this.#limits
    let remaining = maxRecords
    return reads.map(({ sharePartition, fetchOffset, read, logStartOffset }) => {
      const target = sharePartition.id
      if (read instanceof ApiError) {
        if (read.errorCode !== ErrorCode.OffsetOutOfRange) return answer(target, read.errorCode)
        sharePartition.onLogStartMoved(logStartOffset)
        return answer(target, ErrorCode.None)
      }
      const { fetched, abortedTransactions } = read
      const request = { memberId, mode, batchSize, maxRecords: remaining, fetchOffset }
      const { records, count } = sharePartition.acquire(request, fetched, abortedTransactions)
      if (records.length === 0) return answer(target, ErrorCode.None)
      remaining -= count
      const slices = fetched.slicesOf(records[0]!.firstOffset, records.at(-1)!.lastOffset)
      return { target, errorCode: ErrorCode.None, records: slices, acquired: records }
    })
  }

  /** Returns the answers and those of partitions that cannot be fetched. */
  #withErrors(answers: ShareFetchAnswer[]): ShareFetchAnswer[] {
    if (this.#errors.size === 0) return answers
    const fetched = answers.filter(({ target }) => !this.#errors.has(keyOf(target)))
    return [...fetched, ...this.#errors.values()]
  }
}

function answer(target: TopicIdPartition, errorCode: ErrorCode): ShareFetchAnswer {
  return { target, errorCode, records: [], acquired: [] }
}
