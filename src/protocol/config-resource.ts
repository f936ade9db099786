/**
 * Types of resources that have configs, with their numbers on the wire (Kafka's
 * `ConfigResource.Type`).
 */
export const ConfigResourceType = {
  Unknown: 0,
  Topic: 2,
  Broker: 4,
  BrokerLogger: 8,
  ClientMetrics: 16,
  Group: 32,
} as const
export type ConfigResourceType = (typeof ConfigResourceType)[keyof typeof ConfigResourceType]

/** Sources of a described value (Kafka's `DescribeConfigsResponse.ConfigSource`). */
export const ConfigSource = {
  Unknown: 0,
  TopicConfig: 1,
  DynamicBrokerConfig: 2,
  DynamicDefaultBrokerConfig: 3,
  StaticBrokerConfig: 4,
  DefaultConfig: 5,
  DynamicBrokerLoggerConfig: 6,
  ClientMetricsConfig: 7,
  GroupConfig: 8,
} as const
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource]

/** Operations of IncrementalAlterConfigs on one key (Kafka's `AlterConfigOp.OpType`). */
export const AlterConfigOperation = { Set: 0, Delete: 1, Append: 2, Subtract: 3 } as const
export type AlterConfigOperation = (typeof AlterConfigOperation)[keyof typeof AlterConfigOperation]

/**
 * The resource name that means all brokers. Its configs are the dynamic defaults of every broker.
 */
export const DEFAULT_BROKER = ''
