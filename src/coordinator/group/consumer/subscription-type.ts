import type { SubscriptionCounts } from '../modern/subscription-counts.ts'
import type { Counts } from './counts.ts'

/**
 * Whether all members of a consumer group are subscribed to the same topics (Kafka's
 * `SubscriptionType`).
 *
 * @param regexes how many members have each regular expression
 */
export function isHomogeneous(
  regexes: Counts,
  subscriptions: SubscriptionCounts,
  memberCount: number,
): boolean {
  const [firstCount] = regexes.entries.values()
  if (firstCount === undefined) return subscriptions.allHaveNames(memberCount)
  if (firstCount !== memberCount) return false
  return [...subscriptions.entries.values()].every(
    ({ byName, byRegex }) => byRegex === 1 && byName === 0,
  )
}
