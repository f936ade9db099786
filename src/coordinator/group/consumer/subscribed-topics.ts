import { regexOf } from './consumer-member.ts'
import type { MemberMetadata } from './consumer-member.ts'
import type { ResolvedRegexes } from './resolved-regex.ts'

/** Returns the topics of a member's subscription: by name, and by its regular expression. */
export function subscribedTopics(
  member: MemberMetadata,
  resolvedRegexes: ResolvedRegexes,
): ReadonlySet<string> {
  const { subscribedTopicNames: names } = member
  const regex = regexOf(member)
  const matching = regex === undefined ? undefined : resolvedRegexes.get(regex)?.topics
  if (matching === undefined || matching.size === 0) return names
  return names.size === 0 ? matching : new Set([...names, ...matching])
}
