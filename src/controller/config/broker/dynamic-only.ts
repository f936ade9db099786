import { LONG_MAX, clusterWide, long } from '../config-def.ts'
import { atLeast } from '../validators.ts'

/**
 * Configs that can only be set dynamically, never in the broker's properties (Kafka's
 * `DynamicConfig.Broker`).
 */
export const dynamicOnlyConfigs = {
  'follower.replication.throttled.rate': clusterWide(
    long('medium', LONG_MAX, 'Bytes per second that throttled followers may receive.', atLeast(0)),
  ),
  'leader.replication.throttled.rate': clusterWide(
    long('medium', LONG_MAX, 'Bytes per second that throttled leaders may send.', atLeast(0)),
  ),
  'replica.alter.log.dirs.io.max.bytes.per.second': clusterWide(
    long('medium', LONG_MAX, 'Bytes per second for moves between log directories.', atLeast(0)),
  ),
}
