/**
 * Configs with which internal topics have one replica. The state of a coordinator is then missing
 * while its broker is away.
 */
export const singleReplica = {
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
} as const
