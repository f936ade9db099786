import { inspect } from 'node:util'
import { statesOf } from './group-arguments.ts'
import type { GroupConditions, GroupDescription, GroupPartition } from './group.ts'
import type { ObservedGroup } from './observed-group.ts'

/** The most partitions that a message names. */
const MAX_NAMED = 5

/** Describes the conditions of a wait as they were written: `{ state: 'Stable', members: 2 }`. */
export function conditionsText(conditions: GroupConditions): string {
  return inspect(conditions, { breakLength: Infinity, compact: true })
}

/** Returns the conditions that do not hold, in words; empty if all hold. */
export function unmetConditions(conditions: GroupConditions, group: ObservedGroup): string[] {
  const { description } = group
  const { state, members } = description
  const states = statesOf(conditions)
  const unmet: string[] = []
  if (states !== undefined && !states.includes(state)) unmet.push(stateText(group))
  if (conditions.members !== undefined && members.length !== conditions.members) {
    unmet.push(`it has ${count(members.length, 'member')}`)
  }
  if (conditions.assigned !== undefined) unmet.push(...notAssigned(conditions.assigned, group))
  if (conditions.caughtUp !== undefined) unmet.push(...notCaughtUp(group))
  return unmet
}

/** Whether conditions hold for a group that does not exist: they must name the state `Dead`. */
export function holdsWhenDead(conditions: GroupConditions): boolean {
  const { members = 0, assigned = 0, caughtUp } = conditions
  const isDead = statesOf(conditions)?.includes('Dead') === true
  return isDead && members === 0 && assigned === 0 && caughtUp === undefined
}

/** Returns a number with a noun: `1 member`, `2 members`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function stateText({ state, problem }: ObservedGroup): string {
  const reason = state === 'NotReady' && problem !== undefined ? ` (${problem})` : ''
  return `its state is ${state}${reason}`
}

function notAssigned(wanted: true | number, group: ObservedGroup): string[] {
  const owned = ownedPartitions(group.description)
  if (wanted !== true) {
    return owned.size === wanted ? [] : [`members own ${count(owned.size, 'partition')}`]
  }
  const subscribed = group.subscribedPartitions()
  if (subscribed.length === 0) return ['its members subscribe to no topic that exists']
  const free = subscribed.filter((each) => !owned.has(nameOf(each)))
  return free.length === 0 ? [] : [`no member owns ${named(free.map(nameOf))}`]
}

function notCaughtUp(group: ObservedGroup): string[] {
  const { offsets } = group.description
  if (offsets.length === 0) return ['it has neither committed offsets nor assigned partitions']
  const behind = firstBehind(group)
  return behind === undefined ? [] : [behindText(behind, group)]
}

/**
 * Returns the first partition that has records left. The others are not looked at: to read the logs
 * of all after each commit would cost too much.
 */
export function firstBehind(group: ObservedGroup): GroupPartition | undefined {
  return group.description.offsets.find((partition) => group.unread(partition) !== 'nothing')
}

function behindText(partition: GroupPartition, group: ObservedGroup): string {
  const { offset, endOffset, lag } = partition
  const name = nameOf(partition)
  switch (group.unread(partition)) {
    case undefined:
    case 'nothing':
      return `${name} has no leader`
    case 'open transactions':
      return `${name} has an open transaction`
    case 'records':
      return offset === undefined
        ? `${name} has no committed offset, and records before ${endOffset}`
        : `${name} has a lag of ${lag} (offset ${offset} of ${endOffset})`
  }
}

function ownedPartitions({ members }: GroupDescription): ReadonlySet<string> {
  return new Set(members.flatMap(({ assignment }) => assignment.map(nameOf)))
}

function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED
  if (more <= 0) return names.join(', ')
  return `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more`
}
