import { OdradekError } from '../platform/odradek-error.ts'
import { afterThisCall } from '../platform/turn.ts'
import { clusterClosed } from './cluster-closed.ts'
import { waitForEvent } from './event-wait.ts'
import { Subscribers } from './subscribers.ts'
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
  readonly #subscribers = new Subscribers<Subscriber>()
  #isClosed = false

  /** Whether an id has subscribers. */
  isWatched(transactionalId: string): boolean {
    return this.#subscribers.has(transactionalId)
  }

  /** Called for each transition that a coordinator has written. */
  onTransition(transition: TransactionTransition): void {
    for (const each of this.#subscribers.of(transition.transactionalId)) {
      each.onTransition(transition)
    }
  }

  /** Called when a coordinator has loaded an id. */
  onLoaded(description: TransactionDescription): void {
    for (const each of this.#subscribers.of(description.transactionalId)) {
      each.onLoaded?.(description)
    }
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    for (const each of this.#subscribers.clear()) each.onClose?.()
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
    const stop = this.#subscribers.add(transactionalId, {
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
  async wait(wait: TransactionWait): Promise<TransactionDescription> {
    if (this.#isClosed) throw clusterClosed()
    const { transactionalId, states, signal, timeoutMs, next = false } = wait
    const limits = {
      signal,
      timeoutMs,
      aborted: () => aborted(wait),
      timedOut: (limitMs: number) => timedOut(wait, limitMs),
    }
    const matching = (description: TransactionDescription | undefined) =>
      description !== undefined && states.includes(description.state) ? description : undefined
    const current = () => (next ? undefined : matching(wait.current()))
    return waitForEvent(limits, current, ({ resolve, reject }) =>
      this.#subscribers.add(transactionalId, {
        onTransition: (transition) => {
          if (states.includes(transition.state)) resolve(transition)
        },
        onLoaded: (description) => {
          if (!next && states.includes(description.state)) resolve(description)
        },
        onClose: () => reject(clusterClosed()),
      }),
    )
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
