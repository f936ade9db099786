import type { LogConfig, TopicCompressionType } from '../log/log-config.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { ConfigDef } from './config/config-def.ts'
import { LONG_MAX } from './config/config-def.ts'
import { parseConfig, renderConfig } from './config/config-value.ts'
import type { ConfigValue } from './config/config-def.ts'
import { topicConfigs } from './config/topic-configs.ts'
import { topicConfigSynonyms } from './config/topic-synonyms.ts'

export type TopicConfigName = keyof typeof topicConfigs

/** Returns the definition of a topic config; `undefined` if Kafka has no such config. */
export function topicConfigDef(name: string): ConfigDef | undefined {
  return Object.hasOwn(topicConfigs, name) ? topicConfigs[name as TopicConfigName] : undefined
}

/** Configs whose broker configs exist in several units. */
const timesInUnits: Partial<Record<TopicConfigName, (broker: BrokerConfig) => number>> = {
  'retention.ms': (broker) => broker.logRetentionMs(),
  'segment.ms': (broker) => broker.logRollMs(),
  'segment.jitter.ms': (broker) => broker.logRollJitterMs(),
  'flush.ms': (broker) => broker.logFlushMs(),
}

/**
 * Returns the value of a topic config that the topic does not set, in Kafka's notation; `null` if
 * unset.
 */
export function inheritedTopicConfig(name: TopicConfigName, broker: BrokerConfig): string | null {
  const timeMs = timesInUnits[name]?.(broker)
  if (timeMs !== undefined) return timeMs === Infinity ? LONG_MAX : String(timeMs)
  const def = topicConfigs[name]
  const synonym = topicConfigSynonyms.get(name)
  const written = synonym === undefined ? def.default : broker.written(synonym)
  return written === null ? null : renderConfig(name, def, written)
}

/**
 * Returns the configs of a topic's logs: those of the topic, over the broker's configs and defaults
 * (Kafka's `LogConfig.fromProps` over `KafkaConfig.extractLogConfigMap`).
 */
export function topicLogConfig(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerConfig,
): LogConfig {
  const value = (name: TopicConfigName): ConfigValue => {
    const written = overrides.get(name) ?? inheritedTopicConfig(name, broker)
    const parsed = parseConfig(name, topicConfigs[name], written ?? '')
    return 'invalid' in parsed ? (written ?? '') : parsed.value
  }
  const number = (name: TopicConfigName) => value(name) as number
  const policies = value('cleanup.policy') as readonly string[]
  const segmentBytes = overrides.has('internal.segment.bytes')
    ? number('internal.segment.bytes')
    : number('segment.bytes')
  return {
    segmentBytes,
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    cleanupPolicy: { delete: policies.includes('delete'), compact: policies.includes('compact') },
    maxMessageBytes: number('max.message.bytes'),
    maxDecompressedMessageBytes: number('max.decompressed.message.bytes'),
    compressionType: value('compression.type') as TopicCompressionType,
    gzipLevel: number('compression.gzip.level'),
    lz4Level: number('compression.lz4.level'),
    zstdLevel: number('compression.zstd.level'),
    timestampType: value('message.timestamp.type') as LogConfig['timestampType'],
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    preallocate: value('preallocate') as boolean,
    minInsyncReplicas: number('min.insync.replicas'),
    uncleanLeaderElectionEnable: value('unclean.leader.election.enable') as boolean,
  }
}
