import type { Clock } from '../platform/clock.ts'
import type { Turn } from '../platform/turn.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { BrokerLoggers } from '../controller/broker-loggers.ts'
import type { ControllerRequests } from '../controller/operations.ts'
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import type { SharePersister } from '../coordinator/share/share-persister.ts'
import type { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { Api } from '../protocol/schema/index.ts'
import type { AdvertiseAddress } from './advertised-address.ts'
import type { Delays } from './delays.ts'
import type { DeletedTopics } from './deleted-topics.ts'
import type { FetchSessionCache } from './fetch-session-cache.ts'
import type { ProducerIdBlock } from './producer-id-block.ts'
import type { ParkedFetches } from './parked-fetches.ts'
import type { Profile } from './profile.ts'
import type { ReplicaSelector } from './replica-selector.ts'
import type { ReplicaManager } from './replica-manager.ts'
import type { SharePartitionManager } from './share/share-partition-manager.ts'
import type { StreamsInternalTopics } from './streams-internal-topics.ts'
import type { TransactionMarkers } from './transaction-markers.ts'
import type { TransactionVerifier } from './transaction-verifier.ts'

/** The parts of one broker that request handlers use. */
export interface BrokerServices {
  readonly brokerId: number
  /** The APIs that the broker serves, in the order of their keys. */
  readonly apis: readonly Api[]
  readonly profile: Profile
  readonly config: BrokerConfig
  readonly loggers: BrokerLoggers
  /** The functions that return addresses to clients, by listener. */
  readonly advertise: ReadonlyMap<string, AdvertiseAddress>
  /** Sends requests to the active controller. */
  readonly controller: ControllerRequests
  /** The cluster metadata as this broker knows it. */
  readonly image: MetadataImage
  readonly clock: Clock
  readonly logger: NetworkLogger
  readonly turn: Turn
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shareCoordinator: ShareCoordinator
  /** Stores the state of share partitions at their coordinators. */
  readonly sharePersister: SharePersister
  /** Delivers the partitions that the broker leads to share groups. */
  readonly sharePartitions: SharePartitionManager
  /** Selects the replicas that consumers read from; `undefined` for the leaders. */
  readonly replicaSelector: ReplicaSelector | undefined
  readonly fetchSessions: FetchSessionCache
  readonly producerIds: ProducerIdBlock
  readonly deletedTopics: DeletedTopics
  readonly delays: Delays
  readonly parkedFetches: ParkedFetches
  readonly markers: TransactionMarkers
  readonly transactionVerifier: TransactionVerifier
  readonly streamsInternalTopics: StreamsInternalTopics
  /** The largest response to a Fetch, in bytes. */
  readonly maxFetchBytes: number
  /** Returns the id of the broker that clients get as the controller. */
  controllerId(): number
}
