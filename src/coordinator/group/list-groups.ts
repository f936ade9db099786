import { inTimelineHashMapOrder, javaStringHash } from '../../platform/java-hash-map.ts'
import type { ListGroups } from '../../protocol/messages/index.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import type { Group, ListedGroup } from './group.ts'

/**
 * Returns the groups that match the filters, case-insensitively. An empty filter matches
 * everything; a filter without a known name matches nothing. As in Kafka, only the names of states
 * may be surrounded by spaces. The order is Kafka's.
 */
export function listGroups(
  groups: Iterable<Group>,
  { statesFilter, typesFilter }: RequestOf<typeof ListGroups>,
): ListedGroup[] {
  const states = lowerCased(statesFilter.map((state) => state.trim()))
  const types = lowerCased(typesFilter)
  const listed: ListedGroup[] = []
  const inOrder = inTimelineHashMapOrder([...groups], ({ groupId }) => javaStringHash(groupId))
  for (const group of inOrder) {
    const entry = group.asListed()
    if (states.size > 0 && !states.has(filterNameOf(entry.groupState))) continue
    if (types.size > 0 && !types.has(group.type)) continue
    listed.push(entry)
  }
  return listed
}

/** As in Kafka, one state has another name in filters than in responses. */
function filterNameOf(state: string): string {
  return state === 'NotReady' ? 'not_ready' : state.toLowerCase()
}

function lowerCased(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}
