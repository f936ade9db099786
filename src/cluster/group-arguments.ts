import { inspect } from 'node:util'
import { closestName } from './closest-name.ts'
import { checkOptions, groupConditionRules, groupWaitRules, invalidOption } from './option-rules.ts'
import type {
  GroupConditions,
  GroupSeekPartitions,
  GroupSeekTarget,
  GroupState,
  GroupWaitOptions,
} from './group.ts'

const allStates: readonly GroupState[] = [
  'Empty',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
  'Stable',
  'Dead',
]

/** @throws OdradekError `INVALID_OPTION` if it is not a group id */
export function checkGroupId(groupId: unknown): void {
  if (typeof groupId === 'string' && groupId !== '') return
  throw invalidOption(
    () => `A group id must be a string that is not empty, not ${inspect(groupId)}`,
  )
}

/** @throws OdradekError `INVALID_OPTION` if a condition is unknown, or if there is none */
export function checkConditions(conditions: GroupConditions): void {
  checkOptions(conditions, groupConditionRules, 'waitFor')
  const given = Object.values(conditions).filter((value) => value !== undefined)
  if (given.length === 0) {
    throw invalidOption(
      () =>
        'waitFor needs a condition: state, members, assigned or caughtUp, as in { state: "Stable" }',
    )
  }
  for (const state of statesOf(conditions) ?? []) checkState(state)
}

/** Returns the states of a condition as a list; `undefined` if it has none. */
export function statesOf({ state }: GroupConditions): readonly GroupState[] | undefined {
  return typeof state === 'string' ? [state] : state
}

/** @throws OdradekError `INVALID_OPTION` */
export function checkGroupWaitOptions(options: GroupWaitOptions): void {
  checkOptions(options, groupWaitRules, 'waitFor')
}

/** @throws OdradekError `INVALID_OPTION` */
export function checkSeek(
  target: GroupSeekTarget,
  partitions: readonly GroupSeekPartitions[],
): void {
  if (!isSeekTarget(target)) {
    throw invalidOption(
      () =>
        `The target must be 'earliest', 'latest', { offset } or { timestampMs } with a whole number from 0 on, not ${inspect(target)}`,
    )
  }
  for (const each of partitions) {
    const { topic, partition } = Object(each) as Partial<GroupSeekPartitions>
    const isPartition = partition === undefined || isWholeNumber(partition)
    const isComplete = hasOnly(each, ['topic', 'partition'])
    if (typeof topic === 'string' && topic !== '' && isPartition && isComplete) continue
    throw invalidOption(
      () => `The partitions must be { topic, partition? } or a list of them, not ${inspect(each)}`,
    )
  }
}

function isSeekTarget(target: unknown): boolean {
  if (target === 'earliest' || target === 'latest') return true
  const { offset, timestampMs } = Object(target) as { offset?: unknown; timestampMs?: unknown }
  if (!hasOnly(target, ['offset', 'timestampMs'])) return false
  return isWholeNumber(offset) !== isWholeNumber(timestampMs)
}

/** Whether an object has no other properties, such as `partitions` in place of `partition`. */
function hasOnly(value: unknown, names: readonly string[]): boolean {
  return Object.keys(Object(value) as object).every((name) => names.includes(name))
}

function isWholeNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function checkState(state: unknown): void {
  if (allStates.includes(state as GroupState)) return
  const meant = typeof state === 'string' ? closestName(state, allStates) : undefined
  const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`
  throw invalidOption(
    () => `The state must be one of ${allStates.join(', ')}, not ${inspect(state)}${hint}`,
  )
}
