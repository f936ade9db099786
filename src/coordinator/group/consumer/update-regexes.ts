import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import { re2Pattern } from '../../re2-pattern.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { regexOf } from './consumer-member.ts'
import { regexRecord } from './consumer-records.ts'
import { Counts } from './counts.ts'
import type { MemberUpdate } from './group-epoch.ts'
import { resolveRegexes } from './resolve-regexes.ts'

/** How a heartbeat changes the regular expression of its member. */
export const RegexUpdate = {
  None: 'none',
  /** The topics of the new expression are not known yet. */
  Changed: 'changed',
  /** The topics of the new expression are known, or it was removed. */
  Resolved: 'resolved',
} as const

export type RegexUpdate = (typeof RegexUpdate)[keyof typeof RegexUpdate]

/** How soon the expressions of a group may be resolved again, in milliseconds. */
const MIN_REFRESH_INTERVAL_MS = 10_000

/**
 * Applies the regular expression of a heartbeat, and schedules the search for the topics of all
 * expressions of the group if needed (Kafka's `maybeUpdateRegularExpressions`).
 */
export function updateRegexes(
  context: GroupContext,
  group: ConsumerGroup,
  update: MemberUpdate,
  records: GroupRecord[],
): RegexUpdate | ApiError {
  const { before, after } = update
  const oldRegex = regexOf(before)
  const newRegex = regexOf(after)
  let result: RegexUpdate = RegexUpdate.None
  let isUnknown = false
  if (before.subscribedTopicRegex !== after.subscribedTopicRegex) {
    result = RegexUpdate.Changed
    if (oldRegex !== undefined && group.regexes.get(oldRegex) === 1) {
      records.push(regexRecord(group.groupId, oldRegex, null))
    }
    if (newRegex === undefined) {
      if (oldRegex !== undefined) result = RegexUpdate.Resolved
    } else if (group.regexes.get(newRegex) === 0) {
      const error = invalidRegex(newRegex)
      if (error !== undefined) return error
      isUnknown = true
    } else if (group.resolvedRegexes.has(newRegex)) {
      result = RegexUpdate.Resolved
    }
  }
  if (isUnknown || group.regexes.entries.size > 0) {
    scheduleRefresh(context, group, update, isUnknown)
  }
  return result
}

function invalidRegex(regex: string): ApiError | undefined {
  const pattern = re2Pattern(regex)
  if (!(pattern instanceof ApiError)) return undefined
  return new ApiError(
    ErrorCode.InvalidRegularExpression,
    `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${pattern.message}.`,
  )
}

function scheduleRefresh(
  context: GroupContext,
  group: ConsumerGroup,
  { before, after }: MemberUpdate,
  isUnknown: boolean,
): void {
  const { clock, executor, brokerConfig, newTopics } = context
  const { groupId, resolvedRegexes } = group
  const [last] = resolvedRegexes.values()
  const sinceLastMs = last === undefined ? Infinity : clock.now() - last.timestampMs
  if (sinceLastMs <= MIN_REFRESH_INTERVAL_MS) return
  const regexes = new Counts(group.regexes)
  regexes.replace(regexOf(before), regexOf(after))
  const isNeeded =
    isUnknown ||
    regexes.entries.size !== resolvedRegexes.size ||
    (last?.version ?? 0) < newTopics.offset ||
    sinceLastMs > brokerConfig.number('group.consumer.regex.refresh.interval.ms')
  if (!isNeeded || regexes.entries.size === 0) return
  const expressions = [...regexes.entries.keys()]
  executor.schedule(`consumer-regex ${groupId}`, () =>
    resolveRegexes(context, groupId, expressions),
  )
}
