import type { Clock } from '../platform/clock.ts'
import { withinTime } from '../platform/within-time.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Partition } from './partition.ts'

/** The fields of a partition in the response to a Produce that its end may change. */
interface PartitionResponse {
  errorCode: number
}

/**
 * The partitions of one Produce that are not acknowledged yet (Kafka's `DelayedProduce`). An error
 * after the append changes only the error code: the records are in the leader's log.
 */
export class AwaitedCommits<Response extends PartitionResponse> {
  readonly #commits: Promise<void>[] = []
  readonly #pending = new Set<Response>()
  #isReplicated = false

  /** Whether there is nothing to wait for. */
  get isEmpty(): boolean {
    return this.#commits.length === 0
  }

  /**
   * Adds a partition.
   *
   * @param acknowledged whether its records are committed, as the partition tells
   * @param errorOf returns the error when that is known
   */
  add(
    response: Response,
    partition: Partition,
    acknowledged: Promise<boolean>,
    errorOf: (isCommitted: boolean) => ErrorCode,
  ): void {
    this.#isReplicated ||= partition.inSyncReplicas !== undefined
    this.#pending.add(response)
    this.#commits.push(this.#settle(response, acknowledged, errorOf))
  }

  /**
   * Resolves when all partitions are acknowledged or refused. If followers have to copy records,
   * those that take longer than `timeoutMs` are answered with REQUEST_TIMED_OUT.
   */
  async settled(timeoutMs: number, clock: Clock): Promise<void> {
    const all = Promise.all(this.#commits)
    if (!this.#isReplicated) return void (await all)
    if ((await withinTime(all, timeoutMs, clock)) !== undefined) return
    for (const response of this.#pending) response.errorCode = ErrorCode.RequestTimedOut
    this.#pending.clear()
  }

  async #settle(
    response: Response,
    acknowledged: Promise<boolean>,
    errorOf: (isCommitted: boolean) => ErrorCode,
  ): Promise<void> {
    const isCommitted = await acknowledged
    if (this.#pending.delete(response)) response.errorCode = errorOf(isCommitted)
  }
}
