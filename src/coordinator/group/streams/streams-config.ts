import { assignorNames } from '../../../controller/group-assignors.ts'
import type { EffectiveGroupConfig } from '../../../controller/effective-group-config.ts'
import type { GroupContext } from '../group-context.ts'

/** The names under which a group stores the configs of its last assignment. */
export const STANDBY_REPLICAS = 'num.standby.replicas'
export const RACK_AWARE_TAGS = 'rack.aware.assignment.tags'

/** Returns the configs that the assignor uses, ordered by name as in the group's record. */
export function assignmentConfigsOf(config: EffectiveGroupConfig): ReadonlyMap<string, string> {
  const configs = new Map([
    [STANDBY_REPLICAS, String(config.number('streams.num.standby.replicas'))],
  ])
  const tags = config.list('streams.rack.aware.assignment.tags')
  if (tags.length > 0) configs.set(RACK_AWARE_TAGS, tags.join(','))
  return configs
}

/** The assignors that exist, by name. */
const assignors: ReadonlySet<string> = new Set(['sticky'])

/** Returns the name of the assignor of a group; if it does not exist, of the broker's first. */
export function assignorNameOf(
  { groupConfig, brokerConfig }: Pick<GroupContext, 'groupConfig' | 'brokerConfig'>,
  groupId: string,
): string {
  const config = groupConfig(groupId)
  const own = config.isOwn('streams.assignor.name') ? config.string('streams.assignor.name') : ''
  if (assignors.has(own)) return own
  return assignorNames('streams', brokerConfig)[0] ?? 'sticky'
}
