import type { Uuid } from '../platform/uuid.ts'
import type { ConfigResourceType } from './config-resource.ts'

/** No broker: the leader of a partition none of whose replicas can lead. */
export const NO_LEADER = -1

/** Where clients reach a broker, one per listener. */
export interface BrokerEndpoint {
  /** The listener's name, for example `PLAINTEXT`. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's `SecurityProtocol` id: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

/** A broker that the cluster knows (Kafka's `BrokerRegistration`). Replaced, never changed. */
export interface BrokerRegistration {
  readonly id: number
  /** Grows with every registration; requests of an older one are refused. */
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly BrokerEndpoint[]
  readonly features: ReadonlyMap<string, { readonly min: number; readonly max: number }>
  readonly rack: string | null
  /** A fenced broker leads nothing and is not shown to clients. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  /** Ids of the broker's log directories that are in use: those that failed are left out. */
  readonly logDirs: readonly Uuid[]
  /** Those of them that get no new replicas (`cordoned.log.dirs`, KIP-1066). */
  readonly cordonedLogDirs: readonly Uuid[]
}

/** One partition as the controller decided it (Kafka's `PartitionRegistration`). Replaced, never changed. */
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
  /** Replicas that may still be elected although they left the ISR (KIP-966). */
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** A broker id, or `NO_LEADER`. */
  readonly leader: number
  /** 0 recovered, 1 recovering from an unclean election. */
  readonly leaderRecoveryState: number
  /** Grows with every change of leader. */
  readonly leaderEpoch: number
  /** Grows with every change of anything here. */
  readonly partitionEpoch: number
}

/** A topic and its partitions, by index. Replaced, never changed. */
export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  readonly partitions: readonly PartitionRegistration[]
}

/**
 * The cluster metadata up to an offset of the metadata log (Kafka's `MetadataImage`). The controller has one that holds
 * everything it decided, and each broker has its own, which follows by deltas. A live view: the next read sees the next
 * change. The objects in it are immutable and shared between images: an object that is still the same has not changed.
 */
export interface MetadataImage {
  readonly clusterId: string
  /** Registered brokers by id, fenced ones included. */
  readonly brokers: ReadonlyMap<number, BrokerRegistration>
  /** Topics by name. */
  readonly topics: ReadonlyMap<string, TopicImage>
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>
  /** Finalized feature levels by feature name. */
  readonly features: ReadonlyMap<string, number>
  /** The first producer id that no block has yet. */
  readonly nextProducerId: number
  /** Offset of the last record applied, -1 before the first: Kafka's finalized features epoch. */
  readonly lastOffset: number

  /** The partition, or `undefined` when topic or partition do not exist. */
  partition(topic: string, partition: number): PartitionRegistration | undefined
  /** Brokers that are not fenced, in order of id. */
  aliveBrokers(): readonly BrokerRegistration[]
  /** Whether the broker is registered and not fenced. */
  isAlive(brokerId: number): boolean
  /** Whether the broker is in service, and with it the log directory that its replica of the partition lies in. */
  isReplicaOnline(partition: PartitionRegistration, brokerId: number): boolean
  /** Number of partitions over all topics. */
  partitionCount(): number
  /** What was set dynamically on a resource, by config name; empty when nothing was. */
  configs(type: ConfigResourceType, name: string): ReadonlyMap<string, string>
  /** Names of the resources of a type that have something set, in the order they first had. */
  configuredResources(type: ConfigResourceType): readonly string[]
}

/**
 * The changes of one batch of the metadata log (Kafka's `MetadataDelta`). It holds the new objects, so that an image can
 * apply it without the log.
 */
export interface MetadataDelta {
  /** The offset of the last record of the batch. */
  readonly lastOffset: number
  /** Topics created, or with a partition added or changed. */
  readonly changedTopics: ReadonlyMap<string, TopicImage>
  /** Topics deleted, as they were. */
  readonly deletedTopics: ReadonlyMap<string, TopicImage>
  /** Brokers registered, fenced or unfenced by id; `undefined` for those unregistered. */
  readonly changedBrokers: ReadonlyMap<number, BrokerRegistration | undefined>
  /** Resources with a config set or deleted. */
  readonly changedConfigs: readonly ResourceConfigs[]
  /** All finalized feature levels, if one has changed. */
  readonly features: ReadonlyMap<string, number> | undefined
  /** `undefined` when it is the same as before. */
  readonly nextProducerId: number | undefined
}

/** A resource, and all configs that are now set on it. */
export interface ResourceConfigs extends ConfigResource {
  readonly configs: ReadonlyMap<string, string>
}

/** A resource that configs are set on. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  /** Topic or group name; broker id in decimal, or `''` for all brokers. */
  readonly name: string
}
