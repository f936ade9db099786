import type { GroupContext } from '../group-context.ts'
import { ClassicGroup } from './classic-group.ts'

/** Returns the classic group with this id; `undefined` if there is none, or one of another kind. */
export function findClassicGroup(
  { groups }: Pick<GroupContext, 'groups'>,
  groupId: string,
): ClassicGroup | undefined {
  const group = groups.get(groupId)
  return group instanceof ClassicGroup ? group : undefined
}
