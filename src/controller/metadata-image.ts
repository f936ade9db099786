import type { Uuid } from '../platform/uuid.ts'
import type { ConfigResourceType } from '../protocol/config-resource.ts'

/** No broker: the leader of a partition without a replica that can lead. */
export const NO_LEADER = -1

/** The values of `leaderRecoveryState` (KIP-704). */
export const LeaderRecovery = {
  Recovered: 0,
  /** The leader may have lost records, and has not recovered from that yet. */
  Recovering: 1,
} as const

/** The address of a broker for clients, one per listener. */
export interface BrokerEndpoint {
  /** The listener's name, for example `PLAINTEXT`. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's `SecurityProtocol` id: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

/** A registered broker (Kafka's `BrokerRegistration`). Immutable. */
export interface BrokerRegistration {
  readonly id: number
  /** Grows with every registration; requests with an older one are refused. */
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly BrokerEndpoint[]
  readonly features: ReadonlyMap<string, { readonly min: number; readonly max: number }>
  readonly rack: string | null
  /** A fenced broker leads nothing and is not returned to clients. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  /** Ids of the broker's online log directories. */
  readonly logDirs: readonly Uuid[]
  /** Those of them that are cordoned (`cordoned.log.dirs`, KIP-1066). */
  readonly cordonedLogDirs: readonly Uuid[]
}

/** A partition (Kafka's `PartitionRegistration`). Immutable. */
export interface PartitionRegistration {
  readonly partition: number
  /** Broker ids; the first is the preferred leader. */
  readonly replicas: readonly number[]
  /** The log directory of each replica, in the order of `replicas`. */
  readonly directories: readonly Uuid[]
  /** In-sync replicas. */
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** Eligible leader replicas: they can be elected although they left the ISR (KIP-966). */
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** A broker id, or `NO_LEADER`. */
  readonly leader: number
  /** One of {@link LeaderRecovery}. */
  readonly leaderRecoveryState: number
  /** Grows with every new leader. */
  readonly leaderEpoch: number
  /** Grows with every change. */
  readonly partitionEpoch: number
}

/** A topic and its partitions, by index. Immutable. */
export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  readonly partitions: readonly PartitionRegistration[]
}

/**
 * The cluster metadata up to an offset of the metadata log (Kafka's `MetadataImage`). The
 * controller has one with all of its decisions. Each broker has its own, which follows by deltas.
 * It is a live view: the next read sees the next change. Its objects are immutable and shared
 * between images: an identical object has not changed.
 */
export interface MetadataImage {
  readonly clusterId: string
  /** Registered brokers by id, including fenced ones. */
  readonly brokers: ReadonlyMap<number, BrokerRegistration>
  /** Topics by name. */
  readonly topics: ReadonlyMap<string, TopicImage>
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>
  /** Finalized feature levels by feature name. */
  readonly features: ReadonlyMap<string, number>
  /** The first producer id that is not in a block yet. */
  readonly nextProducerId: number
  /**
   * The offset of the last applied record, -1 before the first: Kafka's finalized features epoch.
   */
  readonly lastOffset: number

  /** Returns the partition, or `undefined` if topic or partition do not exist. */
  partition(topic: string, partition: number): PartitionRegistration | undefined
  /** Returns the brokers that are not fenced, ordered by id. */
  aliveBrokers(): readonly BrokerRegistration[]
  /** Whether the broker is registered and not fenced. */
  isAlive(brokerId: number): boolean
  /** Whether the broker is alive and not in its controlled shutdown: it can lead partitions. */
  isActive(brokerId: number): boolean
  /**
   * Whether the broker is not fenced, and the log directory of its replica of the partition is
   * online.
   */
  isReplicaOnline(partition: PartitionRegistration, brokerId: number): boolean
  /** The number of partitions of all topics. */
  partitionCount(): number
  /** Returns the dynamic configs of a resource, by config name; empty if there are none. */
  configs(type: ConfigResourceType, name: string): ReadonlyMap<string, string>
  /**
   * Returns the names of resources of a type that have configs, in the order of their first config.
   */
  configuredResources(type: ConfigResourceType): readonly string[]
}

/**
 * The changes of one batch of the metadata log (Kafka's `MetadataDelta`). It contains the new
 * objects, so that an image can apply it without the log.
 */
export interface MetadataDelta {
  /** The offset of the last record of the batch. */
  readonly lastOffset: number
  /** Created topics, and topics with new or changed partitions. */
  readonly changedTopics: ReadonlyMap<string, TopicImage>
  /** Deleted topics, in their last state. */
  readonly deletedTopics: ReadonlyMap<string, TopicImage>
  /** Registered, fenced or unfenced brokers by id; `undefined` for unregistered ones. */
  readonly changedBrokers: ReadonlyMap<number, BrokerRegistration | undefined>
  /** Resources with a config set or deleted. */
  readonly changedConfigs: readonly ResourceConfigs[]
  /** All finalized feature levels, if one has changed. */
  readonly features: ReadonlyMap<string, number> | undefined
  /** `undefined` if it has not changed. */
  readonly nextProducerId: number | undefined
}

/** A resource with all of its configs. */
export interface ResourceConfigs extends ConfigResource {
  readonly configs: ReadonlyMap<string, string>
}

/** A resource that can have configs. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  /** The topic or group name; the broker id in decimal, or `''` for all brokers. */
  readonly name: string
}
