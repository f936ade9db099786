import { ClientError } from '../../client-error.ts'

/** The states of a transactional producer. */
export type TransactionState =
  | 'uninitialized'
  | 'initializing'
  | 'ready'
  | 'open'
  | 'committing'
  | 'aborting'
  /** The transaction has failed and can only be aborted. */
  | 'failed'
  /** The producer can only be closed. */
  | 'dead'

/** The calls that change the state. */
export type TransactionCall =
  | 'initTransactions'
  | 'beginTransaction'
  | 'send'
  | 'sendOffsetsToTransaction'
  | 'commitTransaction'
  | 'abortTransaction'

/** The states in which a call is allowed. */
const allowed: Readonly<Record<TransactionCall, readonly TransactionState[]>> = {
  initTransactions: ['uninitialized'],
  beginTransaction: ['ready'],
  send: ['open'],
  sendOffsetsToTransaction: ['open'],
  commitTransaction: ['open'],
  abortTransaction: ['open', 'failed'],
}

const reasons: Readonly<Record<TransactionState, string>> = {
  uninitialized: 'the producer has no producer id: call initTransactions first',
  initializing: 'initTransactions has not finished: await it, or call it again if it has timed out',
  ready: 'no transaction is open: call beginTransaction first',
  open: 'a transaction is open: call commitTransaction or abortTransaction first',
  committing: 'commitTransaction has not finished: await it, or call it again if it has timed out',
  aborting: 'abortTransaction has not finished: await it, or call it again if it has timed out',
  failed: 'the transaction has failed: call abortTransaction first',
  dead: 'the producer cannot continue: close it',
}

/**
 * The state of a transactional producer, and the error that it ended in (the states of Kafka's
 * `TransactionManager`).
 */
export class TransactionStateMachine {
  readonly #transactionalId: string
  #state: TransactionState = 'uninitialized'
  #error: ClientError | undefined

  constructor(transactionalId: string) {
    this.#transactionalId = transactionalId
  }

  get current(): TransactionState {
    return this.#state
  }

  /** The error of the states `failed` and `dead`. */
  get error(): ClientError | undefined {
    return this.#error
  }

  /**
   * Throws unless the call is allowed now.
   *
   * @throws ClientError the error of the transaction or the producer if there is one; otherwise
   * `INVALID_STATE`, with what to do first
   */
  check(call: TransactionCall): void {
    if (allowed[call].includes(this.#state)) return
    if (this.#error !== undefined) throw this.#error
    const isSecond = call === 'initTransactions' && this.#state !== 'initializing'
    const reason = isSecond ? 'it has been called already' : reasons[this.#state]
    const message = `${call} of transactional id ${this.#transactionalId}: ${reason}`
    throw new ClientError('INVALID_STATE', message)
  }

  /** Moves to a state without an error. */
  moveTo(state: Exclude<TransactionState, 'failed' | 'dead'>): void {
    this.#state = state
    this.#error = undefined
  }

  /** Notes that the transaction has failed. Returns whether it had not failed before. */
  fail(error: ClientError): boolean {
    if (this.#state !== 'open' && this.#state !== 'committing') return false
    this.#state = 'failed'
    this.#error = error
    return true
  }

  /** Notes that the producer cannot continue. Returns whether it could before. */
  die(error: ClientError): boolean {
    if (this.#state === 'dead') return false
    this.#state = 'dead'
    this.#error = error
    return true
  }
}
