import type { ListGroups } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { GroupShard } from './group-shard.ts'

type ListedGroup = ResponseBody<typeof ListGroups>['groups'][number]

/** The groups of the shards that pass the filters; an empty filter lets everything pass, and case does not matter. */
export function listGroups(
  shards: Iterable<GroupShard>,
  { statesFilter, typesFilter }: RequestOf<typeof ListGroups>,
): ListedGroup[] {
  const states = lowerCased(statesFilter)
  const types = lowerCased(typesFilter)
  const listed: ListedGroup[] = []
  for (const shard of shards) {
    for (const { groupId, type, state, protocolType } of shard.groups.values()) {
      if (states.size > 0 && !states.has(state.toLowerCase())) continue
      if (types.size > 0 && !types.has(type)) continue
      listed.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: type })
    }
  }
  return listed
}

function lowerCased(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}
