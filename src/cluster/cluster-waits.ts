import { OdradekError } from '../platform/odradek-error.ts'
import { afterThisCall } from '../platform/turn.ts'
import { clusterClosed } from './cluster-closed.ts'
import { waitForEvent, type Settlement } from './event-wait.ts'
import { checkOptions, groupWaitRules } from './option-rules.ts'
import type { WaitOptions } from './wait-options.ts'

/** A condition of the cluster that is awaited. */
export interface ClusterCondition {
  /** The condition, for messages: `orders-0 in sync`. */
  readonly text: string
  /** Returns the reason why the condition does not hold; `undefined` if it holds. */
  missing(): string | undefined
}

/**
 * The waits for conditions of a cluster: of its brokers, its metadata and its partitions. They look
 * at their conditions after each change.
 */
export class ClusterWaits {
  readonly #waiters = new Set<{ check(): void; close(): void }>()
  #isClosed = false
  #hasNews = false

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Called when brokers, links, metadata or logs have changed. */
  onChanged(): void {
    if (this.#waiters.size === 0 || this.#hasNews) return
    this.#hasNews = true
    afterThisCall(() => {
      this.#hasNews = false
      for (const waiter of this.#waiters) waiter.check()
    })
  }

  /**
   * Resolves when the condition holds.
   *
   * @param method the name of the method that waits, for messages
   * @throws OdradekError `INVALID_OPTION`, `ABORTED`, `TIMEOUT` or `CLUSTER_CLOSED`, or what the
   * condition throws
   */
  async until(
    condition: ClusterCondition,
    options: WaitOptions = {},
    method = 'a wait',
  ): Promise<void> {
    checkOptions(options, groupWaitRules, method)
    if (this.#isClosed) throw clusterClosed()
    const { text } = condition
    const missing = (): string => condition.missing() ?? 'it holds now'
    const limits = {
      ...options,
      aborted: () =>
        new OdradekError(
          'ABORTED',
          `The wait for ${text} was aborted by its signal: ${missing()}`,
          { cause: options.signal?.reason as unknown },
        ),
      timedOut: (timeoutMs: number) =>
        new OdradekError('TIMEOUT', `${text} was not reached in ${timeoutMs} ms: ${missing()}`),
    }
    await waitForEvent(
      limits,
      () => holds(condition),
      (settlement) => this.#watch(condition, settlement),
    )
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    for (const waiter of this.#waiters) waiter.close()
  }

  #watch(condition: ClusterCondition, settlement: Settlement<true>): () => void {
    const waiter = {
      check: (): void => {
        try {
          if (holds(condition)) settlement.resolve(true)
        } catch (error) {
          settlement.reject(error as OdradekError)
        }
      },
      close: () => settlement.reject(clusterClosed()),
    }
    this.#waiters.add(waiter)
    return () => this.#waiters.delete(waiter)
  }
}

function holds({ missing }: ClusterCondition): true | undefined {
  return missing() === undefined ? true : undefined
}
