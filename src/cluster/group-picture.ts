import { count } from './group-conditions.ts'
import type { GroupDescription, GroupMember, GroupPartition, GroupRebalance } from './group.ts'

/** The most members, partitions and rebalances in a picture. */
const MAX_LINES = 10

/**
 * Returns what a group looks like, for a message: its state, members and offsets, and its last
 * rebalances. The first line has no indentation.
 */
export function groupPicture(
  group: GroupDescription,
  timeline: readonly GroupRebalance[],
  nowMs: number,
): string {
  const { groupId, type, state, epoch, members, offsets, coordinatorId } = group
  const unit = type === 'classic' ? 'generation' : 'epoch'
  const recent = timeline.slice(-MAX_LINES).reverse()
  const lines = [
    `${type} group '${groupId}': ${state}, ${unit} ${epoch}, ${count(members.length, 'member')}, coordinated by broker ${coordinatorId}`,
    ...limited(members, 'member', (member) => memberLine(member, epoch)),
    ...limited(offsets, 'partition', offsetLine),
    ...recent.map((each) => rebalanceLine(each, unit, nowMs)),
  ]
  return lines.join('\n  ')
}

/** A member that is behind the group is why the group is not stable. */
function memberLine(
  { memberId, clientId, clientHost, epoch, assignment }: GroupMember,
  groupEpoch: number,
): string {
  const owned = assignment
    .slice(0, MAX_LINES)
    .map(({ topic, partition }) => `${topic}-${partition}`)
  const more = assignment.length - owned.length
  if (more > 0) owned.push(`and ${more} more`)
  const partitions = owned.length === 0 ? 'no partitions' : owned.join(', ')
  const progress = epoch === groupEpoch ? '' : ` at epoch ${epoch}`
  return `member ${memberId} (client ${clientId}, ${clientHost})${progress}: ${partitions}`
}

function offsetLine({ topic, partition, offset, endOffset, lag }: GroupPartition): string {
  const committed = offset === undefined ? 'no committed offset' : `offset ${offset}`
  const end = endOffset === undefined ? 'no leader' : `end ${endOffset}`
  return `${topic}-${partition}: ${committed}, ${end}${lag === undefined ? '' : `, lag ${lag}`}`
}

function rebalanceLine(
  { epoch, cause, startTimeMs, stableTimeMs }: GroupRebalance,
  unit: string,
  nowMs: number,
): string {
  const end = stableTimeMs === undefined ? '' : `, stable after ${stableTimeMs - startTimeMs} ms`
  return `${unit} ${epoch}, ${nowMs - startTimeMs} ms ago${end}: ${cause}`
}

function limited<T>(items: readonly T[], noun: string, line: (item: T) => string): string[] {
  const lines = items.slice(0, MAX_LINES).map(line)
  const more = items.length - lines.length
  return more > 0 ? [...lines, `and ${count(more, `more ${noun}`)}`] : lines
}
