import { OdradekError } from '../platform/odradek-error.ts'
import { realTimeLimit } from '../platform/time-limit.ts'
import { afterThisCall } from '../platform/turn.ts'
import { clusterClosed } from './cluster-closed.ts'
import type {
  TransactionDescription,
  TransactionState,
  TransactionTransition,
  TransactionWaitOptions,
} from './transaction.ts'

interface Subscriber {
  onTransition(transition: TransactionTransition): void
  /** Called when a coordinator has loaded the id, whose state was unknown until then. */
  onLoaded?(description: TransactionDescription): void
  onClose?(): void
}

/** A wait for one of several states. */
export interface TransactionWait extends TransactionWaitOptions {
  readonly transactionalId: string
  readonly states: readonly TransactionState[]
  /** Returns the id now; `undefined` if it does not exist, or has no coordinator. */
  current(): TransactionDescription | undefined
}

/** Passes the transitions of all coordinators of a cluster on to those who wait for them. */
export class TransactionEvents {
  readonly #subscribers = new Map<string, Set<Subscriber>>()
  #isClosed = false

  /** Whether an id has subscribers. Usually it has none. */
  isWatched(transactionalId: string): boolean {
    return this.#subscribers.has(transactionalId)
  }

  /** Called for each transition that a coordinator has written. */
  onTransition(transition: TransactionTransition): void {
    for (const each of this.#subscribersOf(transition)) each.onTransition(transition)
  }

  /** Called when a coordinator has loaded an id. */
  onLoaded(description: TransactionDescription): void {
    for (const each of this.#subscribersOf(description)) each.onLoaded?.(description)
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    for (const subscribers of this.#subscribers.values()) {
      for (const each of subscribers) each.onClose?.()
    }
    this.#subscribers.clear()
  }

  /**
   * See `Transaction.onTransition`.
   *
   * @throws OdradekError `CLUSTER_CLOSED`
   */
  listen(
    transactionalId: string,
    listener: (transition: TransactionTransition) => void,
  ): () => void {
    if (this.#isClosed) throw clusterClosed()
    let isStopped = false
    const stop = this.#subscribe(transactionalId, {
      // Later: the coordinator is in the middle of a change, which the listener must not disturb.
      onTransition: (transition) =>
        afterThisCall(() => {
          if (!isStopped) listener(transition)
        }),
    })
    return () => {
      isStopped = true
      stop()
    }
  }

  /** See `Transaction.waitFor`. */
  wait(wait: TransactionWait): Promise<TransactionDescription> {
    const { transactionalId, states, signal, timeoutMs = Infinity, next = false } = wait
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(clusterClosed())
      if (signal?.aborted) return reject(aborted(wait))
      const current = next ? undefined : wait.current()
      if (current !== undefined && states.includes(current.state)) return resolve(current)
      const stop = this.#subscribe(transactionalId, {
        onTransition: (transition) => {
          if (states.includes(transition.state)) finish(() => resolve(transition))
        },
        onLoaded: (description) => {
          if (!next && states.includes(description.state)) finish(() => resolve(description))
        },
        onClose: () => finish(() => reject(clusterClosed())),
      })
      const onAbort = (): void => finish(() => reject(aborted(wait)))
      const limit = Number.isFinite(timeoutMs)
        ? realTimeLimit(timeoutMs, () => finish(() => reject(timedOut(wait, timeoutMs))))
        : undefined
      const finish = (settle: () => void): void => {
        stop()
        limit?.cancel()
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      signal?.addEventListener('abort', onAbort)
    })
  }

  #subscribersOf({ transactionalId }: TransactionDescription): readonly Subscriber[] {
    return [...(this.#subscribers.get(transactionalId) ?? [])]
  }

  #subscribe(transactionalId: string, subscriber: Subscriber): () => void {
    const subscribers = this.#subscribers.get(transactionalId) ?? new Set()
    this.#subscribers.set(transactionalId, subscribers.add(subscriber))
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#subscribers.get(transactionalId) === subscribers) {
        this.#subscribers.delete(transactionalId)
      }
    }
  }
}

function aborted(wait: TransactionWait): OdradekError {
  const { signal, transactionalId, states } = wait
  const cause: unknown = signal?.reason
  return new OdradekError(
    'ABORTED',
    `The wait for transaction '${transactionalId}' to be ${states.join(' or ')} was aborted by its signal. ${stateText(wait)}`,
    { cause },
  )
}

function timedOut(wait: TransactionWait, timeoutMs: number): OdradekError {
  const { transactionalId, states } = wait
  return new OdradekError(
    'TIMEOUT',
    `Transaction '${transactionalId}' was not ${states.join(' or ')} within ${timeoutMs} ms. ${stateText(wait)}`,
  )
}

/** Describes the state of the transaction, and why it may stay there. */
function stateText({ current }: TransactionWait): string {
  const now = current()
  if (now === undefined) {
    return 'No coordinator knows this transactional id: check that the producer uses it, and that all brokers run'
  }
  const { state, producerId, producerEpoch } = now
  return `It is ${state}, with producer id ${producerId} and epoch ${producerEpoch}: ${advice[state]}`
}

const advice: Readonly<Record<TransactionState, string>> = {
  Empty: 'no transaction has begun',
  Ongoing: 'the producer has neither committed nor aborted',
  PrepareCommit: 'release its holds, and check that the leaders of its partitions run',
  PrepareAbort: 'release its holds, and check that the leaders of its partitions run',
  CompleteCommit: 'the next transaction has not begun',
  CompleteAbort: 'the next transaction has not begun',
  Dead: 'it has expired',
}
