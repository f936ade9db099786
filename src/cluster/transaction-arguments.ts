import { inspect } from 'node:util'
import { closestName } from './closest-name.ts'
import { checkOptions, invalidOption, waitRules } from './option-rules.ts'
import type {
  HeldTransactionState,
  TransactionState,
  TransactionWaitOptions,
} from './transaction.ts'

const allStates: readonly TransactionState[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
]
const heldStates: readonly HeldTransactionState[] = ['PrepareCommit', 'PrepareAbort']

/** @throws OdradekError `INVALID_OPTION` if it is not a transactional id */
export function checkTransactionalId(transactionalId: unknown): void {
  if (typeof transactionalId === 'string' && transactionalId !== '') return
  throw invalidOption(
    () => `A transactional id must be a string that is not empty, not ${inspect(transactionalId)}`,
  )
}

/**
 * Returns the states of a wait as a list.
 *
 * @throws OdradekError `INVALID_OPTION` if one of them is unknown
 */
export function checkStates(
  states: TransactionState | readonly TransactionState[],
): readonly TransactionState[] {
  const list = typeof states === 'string' ? [states] : states
  if (!Array.isArray(list) || list.length === 0) throw notAState(states, allStates)
  for (const state of list) if (!allStates.includes(state)) throw notAState(state, allStates)
  return list as readonly TransactionState[]
}

/**
 * Returns the states of a hold as a list.
 *
 * @throws OdradekError `INVALID_OPTION` if transactions cannot be held in this state
 */
export function checkHeldState(
  state: HeldTransactionState | undefined,
): readonly HeldTransactionState[] {
  if (state === undefined) return heldStates
  if (!heldStates.includes(state)) throw notAState(state, heldStates)
  return [state]
}

/** @throws OdradekError `INVALID_OPTION` */
export function checkWaitOptions(options: TransactionWaitOptions): void {
  checkOptions(options, waitRules, 'waitFor')
}

/** @throws OdradekError `INVALID_OPTION` if it is not a function */
export function checkListener(listener: unknown): void {
  if (typeof listener === 'function') return
  throw invalidOption(() => `The listener must be a function, not ${inspect(listener)}`)
}

function notAState(seen: unknown, known: readonly string[]): Error {
  const meant = typeof seen === 'string' ? closestName(seen, known) : undefined
  const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`
  return invalidOption(
    () => `The state must be one of ${known.join(', ')}, not ${inspect(seen)}${hint}`,
  )
}
