/** The states of a transactional id, by the number in its records (Kafka's `TransactionState`). */
export const TransactionState = {
  /** No transaction has begun since the producer got its epoch. */
  Empty: 0,
  Ongoing: 1,
  PrepareCommit: 2,
  PrepareAbort: 3,
  CompleteCommit: 4,
  CompleteAbort: 5,
  /** The transactional id is being removed. Never stored. */
  Dead: 6,
  /** The producer is being fenced, before its transaction is aborted. Never stored. */
  PrepareEpochFence: 7,
} as const
export type TransactionState = (typeof TransactionState)[keyof typeof TransactionState]

/** The name of a state in responses. */
export type TransactionStateName = keyof typeof TransactionState

/** Returns the name of a state in responses. */
export function stateName(state: TransactionState): TransactionStateName {
  return names[state]!
}

/** Returns the state of a name; `undefined` if there is none. */
export function stateOfName(name: string): TransactionState | undefined {
  return Object.hasOwn(TransactionState, name)
    ? TransactionState[name as TransactionStateName]
    : undefined
}

/** Returns the state of a number in a record; `undefined` if there is none. */
export function stateOfId(id: number): TransactionState | undefined {
  return Object.values(TransactionState).find((state) => state === id)
}

/** Whether a transactional id may go from one state to another. */
export function isValidTransition(from: TransactionState, to: TransactionState): boolean {
  return previousStates[to].includes(from)
}

/** Whether no transaction is open or being ended. */
export function isWithoutTransaction(state: TransactionState): boolean {
  return (
    state === TransactionState.Empty ||
    state === TransactionState.CompleteCommit ||
    state === TransactionState.CompleteAbort
  )
}

/** Whether the transaction is ended, but not all of its markers are written. */
export function isPrepared(state: TransactionState): boolean {
  return state === TransactionState.PrepareCommit || state === TransactionState.PrepareAbort
}

const names = Object.keys(TransactionState) as readonly TransactionStateName[]

const { Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, Dead } =
  TransactionState

/** By target state. */
const previousStates: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  [Empty]: [Empty, CompleteCommit, CompleteAbort],
  [Ongoing]: [Ongoing, Empty, CompleteCommit, CompleteAbort],
  [PrepareCommit]: [Ongoing],
  // Without a transaction only with transactions v2 (KIP-890).
  [PrepareAbort]: [
    Ongoing,
    TransactionState.PrepareEpochFence,
    Empty,
    CompleteCommit,
    CompleteAbort,
  ],
  [CompleteCommit]: [PrepareCommit],
  [CompleteAbort]: [PrepareAbort],
  [Dead]: [Empty, CompleteCommit, CompleteAbort],
  [TransactionState.PrepareEpochFence]: [Ongoing],
}
