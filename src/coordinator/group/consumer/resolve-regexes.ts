import { ApiError } from '../../../protocol/api-error.ts'
import { re2Pattern } from '../../re2-pattern.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import { SubscriptionCounts } from '../modern/subscription-counts.ts'
import { isSameSet } from './consumer-member.ts'
import { groupEpochRecord, regexRecord } from './consumer-records.ts'
import { findConsumerGroup } from './find-consumer-group.ts'

const NO_TOPICS: ReadonlySet<string> = new Set()

/**
 * Searches the topics that match the regular expressions of a group, and returns the records of the
 * result (Kafka's `TopicRegexResolver`). Members without such an expression are gone by then.
 */
export function resolveRegexes(
  context: GroupContext,
  groupId: string,
  expressions: readonly string[],
): GroupRecord[] {
  const { clock, image, metadataHashes, hooks } = context
  const group = findConsumerGroup(context, groupId)
  if (group instanceof ApiError) return []
  const nowMs = clock.now()
  const records: GroupRecord[] = []
  const subscriptions = new SubscriptionCounts(group.subscriptions)
  let hasChanged = false
  for (const regex of expressions) {
    if (group.regexes.get(regex) === 0) continue
    const before = group.resolvedRegexes.get(regex)?.topics ?? NO_TOPICS
    const topics = matchingTopics(regex, image.topics.keys())
    if (!isSameSet(before, topics)) {
      hasChanged = true
      subscriptions.removeRegex(before)
      subscriptions.addRegex(topics)
    }
    const resolved = { topics, version: image.lastOffset, timestampMs: nowMs }
    records.push(regexRecord(groupId, regex, resolved))
  }
  const hash = metadataHashes.groupHash(subscriptions.entries.keys())
  if (hasChanged || hash !== group.metadataHash) {
    const epoch = group.groupEpoch + 1
    records.push(groupEpochRecord(groupId, epoch, hash))
    group.metadataWasRefreshed(nowMs, epoch)
    hooks.rebalanced(groupId, epoch, 'the topics that match regular expressions changed')
  }
  return records
}

/** An expression that became invalid with another version of RE2 matches nothing. */
function matchingTopics(regex: string, topics: Iterable<string>): ReadonlySet<string> {
  const pattern = re2Pattern(regex)
  if (pattern instanceof ApiError) return NO_TOPICS
  return new Set([...topics].filter(pattern))
}
