import type { AlterConfigPolicy, CreateTopicPolicy } from '../controller/policies.ts'
import type { Profile } from '../broker/profile.ts'
import type { ReplicaSelector } from '../broker/replica-selector.ts'
import type { Clock } from '../platform/clock.ts'
import type { ListenerOptions } from './listener-options.ts'

/** Which log lines a cluster writes to stderr. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/** Configs by Kafka's names. */
export type Configs = Readonly<Record<string, string | number | boolean>>

/** A topic that exists when the cluster has started. */
export interface TopicOptions {
  readonly name: string
  /** Default: the broker config `num.partitions`, which is 1. */
  readonly partitions?: number
  /** Default: the broker config `default.replication.factor`, which is 1. */
  readonly replicas?: number
  /** Topic configs by Kafka's names, for example `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Configs
}

/** Reported when a broker has closed itself. Kafka would exit its process. */
export interface BrokerFailure {
  readonly id: number
  /** The directory that the broker has lost, and the error of the operating system. */
  readonly reason: string
}

/** Options of one broker, which override those of the cluster. */
export interface BrokerOptions {
  /**
   * The rack (`broker.rack`). Replicas of a partition are spread over racks. Default: `broker.rack`
   * of the cluster's `config`, or none.
   */
  readonly rack?: string
  /**
   * Configs of this broker, by Kafka's names. They override the `config` of the cluster. Default:
   * none.
   */
  readonly config?: Configs
  /** Default: `advertisedHost` of the cluster. */
  readonly advertisedHost?: string
  /** Default: `advertisedPort` of the cluster plus the index in the list, or the bound port. */
  readonly advertisedPort?: number
  /** The listeners of this broker, with their own ports. Default: `listeners` of the cluster. */
  readonly listeners?: readonly (string | ListenerOptions)[]
}

/** Options of `startCluster`. Every option has a default. */
export interface ClusterOptions {
  /**
   * The number of brokers, 1 to 100, or a list with the options of each broker. Their ids count up
   * from `firstBrokerId`. Default: 1.
   */
  readonly brokers?: number | readonly BrokerOptions[]
  /**
   * The id (`node.id`) of the first broker, 0 to 2147483647. The controller runs on this broker.
   * Open a data directory with the id that it was created with. Default: 1.
   */
  readonly firstBrokerId?: number
  /** The address that the listeners bind. Default: `127.0.0.1`. */
  readonly host?: string
  /**
   * The port of the first broker; the others use the ports after it. Default: 0, which means free
   * ports.
   */
  readonly port?: number
  /**
   * The host that clients get, if it differs from the bound one, for containers and proxies.
   * `bootstrapServers` and all responses that name brokers contain it. Default: `host`, or
   * `127.0.0.1` if that is `0.0.0.0` or `::`.
   */
  readonly advertisedHost?: string
  /**
   * The port that clients get for the first broker; the others get the ports after it. Default: the
   * bound ports.
   */
  readonly advertisedPort?: number
  /**
   * The listeners of each broker, in place of `host`, `port`, `advertisedHost` and
   * `advertisedPort`: in Kafka's notation or as options. The first one is the default:
   * `bootstrapServers` has its addresses. Brokers use the one that `inter.broker.listener.name`
   * names. Default: one listener with the name `PLAINTEXT`.
   *
   * ```ts
   * listeners: ['INTERNAL://127.0.0.1:0', { name: 'EXTERNAL', host: '0.0.0.0', port: 9092 }]
   * ```
   */
  readonly listeners?: readonly (string | ListenerOptions)[]
  /**
   * The directory for all files, with one directory per broker in it. It is created if it does not
   * exist; otherwise its content is opened. A list is Kafka's `log.dirs`, one directory per disk:
   * partitions are spread over them, and a failing disk takes only its own partitions offline. The
   * metadata log is created in the first one. Default: a temporary directory, deleted on close.
   */
  readonly dataDir?: string | readonly string[]
  /** `disk`, or `memory` for logs without files. `memory` excludes `dataDir`. Default: `disk`. */
  readonly storage?: 'disk' | 'memory'
  /**
   * When a record is acknowledged. `pageCache`, as in Kafka: an acknowledged record survives the
   * end of the process. `fsync`: it also survives a power failure. Responses then wait for the
   * disk, and consumers see only records that are on it. Concurrent requests share a sync. `fsync`
   * needs a `dataDir`. Default: `pageCache`.
   */
  readonly durability?: 'pageCache' | 'fsync'
  /** 22 characters of URL-safe base64. Default: the id in the data directory, or a new one. */
  readonly clusterId?: string
  /** Topics to create. Existing topics are not changed. Default: none. */
  readonly topics?: readonly TopicOptions[]
  /**
   * Feature levels of a new cluster by Kafka's names (KIP-584), as of `kafka-storage format
   * --feature`: `{ 'transaction.version': 1 }` gives it the transactions of Kafka 3. The cluster of
   * an existing data directory keeps its levels; UpdateFeatures changes them. Default: those of
   * Kafka 4.4.
   */
  readonly features?: Readonly<Record<string, number>>
  /**
   * Broker configs by Kafka's names, for example `{ 'num.partitions': 3 }`. Configs that follow
   * from other options, such as `listeners`, are refused. Unknown names are accepted with a
   * warning. Default: none.
   */
  readonly config?: Configs
  /**
   * Called for each topic before it is created, in place of Kafka's
   * `create.topic.policy.class.name`. If it returns a message or throws, the topic is refused with
   * POLICY_VIOLATION and that message. It is also called for automatically created topics, for
   * internal topics, for `topics`, and for requests that only validate. Default: none.
   *
   * ```ts
   * createTopicPolicy: ({ topic, numPartitions }) =>
   *   (numPartitions ?? 0) > 12 ? `${topic} has more than 12 partitions` : undefined
   * ```
   */
  readonly createTopicPolicy?: CreateTopicPolicy
  /**
   * Called with configs before they change, in place of Kafka's `alter.config.policy.class.name`.
   * If it returns a message or throws, the change is refused with POLICY_VIOLATION and that
   * message. It is also called for topics that are created with configs. Default: none.
   */
  readonly alterConfigPolicy?: AlterConfigPolicy
  /**
   * Selects the replica from which a consumer reads a partition, in place of Kafka's
   * `replica.selector.class` (KIP-392). The leader calls it for each Fetch of a consumer. Default:
   * the class of that config, if it is `org.apache.kafka.common.replica.RackAwareReplicaSelector`;
   * otherwise the leader.
   *
   * ```ts
   * replicaSelector: ({ replicas, client }) =>
   *   replicas.find(({ rack }) => rack === client.rackId)?.brokerId
   * ```
   */
  readonly replicaSelector?: ReplicaSelector
  /**
   * `test`: topics are usable as soon as they are created, groups form without delay, and members
   * leave soon after their connections close. `faithful`: Kafka's delays. Default: `test`.
   */
  readonly profile?: Profile
  /** Default: the system clock. Pass a `ManualClock` to move time yourself. */
  readonly clock?: Clock
  /** With `error`, warnings about configs are emitted as process warnings. Default: `error`. */
  readonly logLevel?: LogLevel
  /**
   * Whether the cluster keeps the process alive. Default: false, so that a test runner can exit.
   */
  readonly keepAlive?: boolean
  /**
   * Called when a broker has closed because its last log directory failed, or the one with the
   * metadata log. The cluster and its other brokers continue. Default: the failure is only logged.
   */
  readonly onBrokerFailure?: (failure: BrokerFailure) => void
}
