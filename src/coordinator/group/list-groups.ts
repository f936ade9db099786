import type { ListGroups } from '../../protocol/messages/index.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import type { Group, ListedGroup } from './group.ts'

/**
 * Returns the groups that match the filters, case-insensitively. An empty filter matches
 * everything.
 */
export function listGroups(
  groups: Iterable<Group>,
  { statesFilter, typesFilter }: RequestOf<typeof ListGroups>,
): ListedGroup[] {
  const states = lowerCased(statesFilter)
  const types = lowerCased(typesFilter)
  const listed: ListedGroup[] = []
  for (const group of groups) {
    const entry = group.asListed()
    if (states.size > 0 && !states.has(entry.groupState.toLowerCase())) continue
    if (types.size > 0 && !types.has(group.type)) continue
    listed.push(entry)
  }
  return listed
}

function lowerCased(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}
