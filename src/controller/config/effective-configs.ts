import { groupConfigBoundNames } from '../group-config-rules.ts'
import type { BrokerConfigName } from './broker-configs.ts'
import { brokerConfigSynonyms } from './broker-configs.ts'
import type { topicConfigs } from './topic-configs.ts'
import { topicConfigSynonyms } from './topic-synonyms.ts'

type TopicConfigName = keyof typeof topicConfigs

/** Topic configs that take effect. The others are validated, stored and described. */
const effectiveTopicConfigs: readonly TopicConfigName[] = [
  'max.message.bytes',
  'max.decompressed.message.bytes',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.timestamp.type',
  'compression.type',
  'compression.gzip.level',
  'compression.zstd.level',
  'segment.bytes',
  'internal.segment.bytes',
  'segment.ms',
  'segment.jitter.ms',
  'segment.index.bytes',
  'index.interval.bytes',
  'preallocate',
  'flush.messages',
  'flush.ms',
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'file.delete.delay.ms',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'max.compaction.lag.ms',
  'delete.retention.ms',
  'errors.deadletterqueue.group.enable',
  'min.insync.replicas',
  'unclean.leader.election.enable',
]

/**
 * Broker configs that take effect, except those that are defaults of {@link effectiveTopicConfigs}.
 */
const effectiveBrokerConfigs: readonly BrokerConfigName[] = [
  'auto.create.topics.enable',
  'broker.session.timeout.ms',
  'num.partitions',
  'default.replication.factor',
  'delete.topic.enable',
  'socket.request.max.bytes',
  'connections.max.idle.ms',
  'replica.fetch.backoff.ms',
  'replica.fetch.max.bytes',
  'replica.fetch.min.bytes',
  'replica.fetch.response.max.bytes',
  'replica.fetch.wait.max.ms',
  'replica.lag.time.max.ms',
  'replica.selector.class',
  'fetch.max.bytes',
  'max.incremental.fetch.session.cache.slots',
  'group.min.session.timeout.ms',
  'group.max.session.timeout.ms',
  'group.initial.rebalance.delay.ms',
  'group.max.size',
  'group.consumer.assignment.interval.ms',
  'group.consumer.assignors',
  'group.consumer.heartbeat.interval.ms',
  'group.consumer.max.size',
  'group.consumer.migration.policy',
  'group.consumer.regex.refresh.interval.ms',
  'group.consumer.session.timeout.ms',
  'group.coordinator.rebalance.protocols',
  'group.streams.acceptable.recovery.lag',
  'group.streams.assignment.interval.ms',
  'group.streams.assignors',
  'group.streams.heartbeat.interval.ms',
  'group.streams.initial.rebalance.delay.ms',
  'group.streams.max.size',
  'group.streams.num.standby.replicas',
  'group.streams.rack.aware.assignment.tags',
  'group.streams.session.timeout.ms',
  'group.streams.task.offset.interval.ms',
  'group.streams.topology.description.plugin.class',
  'offset.metadata.max.bytes',
  'offsets.retention.minutes',
  'offsets.retention.check.interval.ms',
  'offsets.topic.num.partitions',
  'offsets.topic.replication.factor',
  'offsets.topic.segment.bytes',
  'transaction.state.log.num.partitions',
  'transaction.state.log.replication.factor',
  'transaction.state.log.segment.bytes',
  'transaction.max.timeout.ms',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms',
  'transaction.remove.expired.transaction.cleanup.interval.ms',
  'transaction.partition.verification.enable',
  'add.partitions.to.txn.retry.backoff.ms',
  'add.partitions.to.txn.retry.backoff.max.ms',
  'request.timeout.ms',
  'transaction.two.phase.commit.enable',
  'unstable.api.versions.enable',
  'transactional.id.expiration.ms',
  'errors.deadletterqueue.auto.create.topics.enable',
  'errors.deadletterqueue.topic.name.prefix',
  'group.share.delivery.count.limit',
  'group.share.partition.max.record.locks',
  'group.share.record.lock.duration.ms',
  'group.share.max.share.sessions',
  'group.share.max.size',
  'group.share.session.timeout.ms',
  'group.share.heartbeat.interval.ms',
  'group.share.assignment.interval.ms',
  'group.share.initialize.retry.interval.ms',
  'offsets.commit.timeout.ms',
  'share.coordinator.write.timeout.ms',
  'share.coordinator.state.topic.min.isr',
  'transaction.state.log.min.isr',
  'share.coordinator.state.topic.num.partitions',
  'share.coordinator.state.topic.replication.factor',
  'share.coordinator.state.topic.segment.bytes',
  'share.coordinator.snapshot.update.records.per.snapshot',
  'share.coordinator.state.topic.prune.interval.ms',
  'share.coordinator.cold.partition.snapshot.interval.ms',
  'broker.rack',
  'cordoned.log.dirs',
  'log.retention.check.interval.ms',
  'log.initial.task.delay.ms',
  'log.segment.delete.delay.ms',
  'log.cleaner.enable',
  'log.cleaner.threads',
  'log.cleaner.backoff.ms',
  'log.cleaner.dedupe.buffer.size',
  'log.cleaner.io.buffer.size',
  'log.cleaner.io.buffer.load.factor',
  'log.cleaner.io.max.bytes.per.second',
  'log.flush.scheduler.interval.ms',
  'log.flush.offset.checkpoint.interval.ms',
  'log.flush.start.offset.checkpoint.interval.ms',
  'replica.high.watermark.checkpoint.interval.ms',
  'producer.id.expiration.ms',
  'producer.id.expiration.check.interval.ms',
]

/** Returns the names of the topic configs that take effect. */
export function topicConfigsWithEffect(): ReadonlySet<string> {
  return new Set(effectiveTopicConfigs)
}

/**
 * Returns the names of the broker configs that take effect, including the defaults of topics and
 * the bounds of group configs.
 */
export function brokerConfigsWithEffect(): ReadonlySet<string> {
  const names = new Set<string>([...effectiveBrokerConfigs, ...groupConfigBoundNames()])
  for (const name of effectiveTopicConfigs) {
    const synonym = topicConfigSynonyms.get(name)
    if (synonym === undefined) continue
    for (const one of brokerConfigSynonyms(synonym)) names.add(one)
  }
  return names
}
