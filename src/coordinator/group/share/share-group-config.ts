import type { GroupContext } from '../group-context.ts'
import { groupTiming } from '../modern/group-timing.ts'

export const { sessionTimeoutMs, heartbeatIntervalMs, canAssign } = groupTiming('share')

type ConfigContext = Pick<GroupContext, 'brokerConfig'>

/** Returns the maximum number of members of a group. */
export function maxSize({ brokerConfig }: ConfigContext): number {
  return brokerConfig.number('group.share.max.size')
}

/**
 * Returns the time after which the initialization of share state is tried again. As in Kafka it is
 * never shorter than `offsets.commit.timeout.ms`.
 */
export function initializeRetryMs({ brokerConfig }: ConfigContext): number {
  return Math.max(
    brokerConfig.number('group.share.initialize.retry.interval.ms'),
    brokerConfig.number('offsets.commit.timeout.ms'),
  )
}
