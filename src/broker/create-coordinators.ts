import { EffectiveGroupConfig } from '../controller/effective-group-config.ts'
import type { NetworkLogger } from '../network/network-logger.ts'
import { readGroupConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import { noGroupHooks } from '../coordinator/group/group-hooks.ts'
import { readShareCoordinatorConfig } from '../coordinator/share/share-coordinator-config.ts'
import { ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import { TopologyDescriptions } from '../coordinator/group/streams/description-store.ts'
import { readTransactionConfig } from '../coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { SharePersister } from '../coordinator/share/share-persister.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import type { BrokerServices } from './broker-services.ts'
import { isShareProtocolEnabled } from './group-protocols.ts'
import { InternalTopic, isInternalTopic, partitionCountOf } from './internal-topics.ts'
import { latestOffsetsOf } from './latest-offsets.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import type { ReplicaManager } from './replica-manager.ts'
import type { ServicesOptions } from './services-options.ts'
import { BrokerSharePersister } from './share-persister.ts'
import { TransactionMarkers } from './transaction-markers.ts'
import { TransactionVerifier } from './transaction-verifier.ts'
import { verifyOffsetCommit } from './verify-offset-commit.ts'

/** The Java class of Kafka that keeps descriptions of topologies in memory. */
const IN_MEMORY_DESCRIPTIONS = 'org.apache.kafka.server.streams.InMemoryTopologyDescriptionPlugin'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets
const TRANSACTION_TOPIC = InternalTopic.TransactionState
const SHARE_TOPIC = InternalTopic.ShareGroupState

/** The feature whose level decides the version of transactions (KIP-890). */
const TRANSACTION_FEATURE = 'transaction.version'

/** The coordinators of a broker, and the services that connect them to all brokers. */
export type Coordinators = Pick<
  BrokerServices,
  | 'groups'
  | 'transactions'
  | 'shareCoordinator'
  | 'sharePersister'
  | 'producerIds'
  | 'markers'
  | 'transactionVerifier'
>

/** Builds the coordinators of a broker. */
export function createCoordinators(
  options: ServicesOptions,
  services: Pick<BrokerServices, 'replicas' | 'controller' | 'delays'>,
): Coordinators {
  const { metadata, peers, clock, random, turn, logger, profile } = options
  const { replicas, controller, delays } = services
  const { brokerId, image, config } = metadata
  const transactionVerifier = new TransactionVerifier({
    image,
    config,
    replicas,
    peers,
    delays,
    clock,
  })
  const sharePersister = new BrokerSharePersister({
    image,
    config,
    controller,
    peers,
    delays,
    random,
  })
  const groups = createGroupCoordinator(options, {
    replicas,
    sharePersister,
    verifier: transactionVerifier,
  })
  const markers = new TransactionMarkers({ image, peers, delays, logger })
  const producerIds = new ProducerIdBlock(controller, brokerId)
  const transactions = new TransactionCoordinator({
    clock,
    config: readTransactionConfig(config),
    partitionCount: () => partitionCountOf(TRANSACTION_TOPIC, image, config),
    partitionExists: ({ topic, partition }) => image.partition(topic, partition) !== undefined,
    isInternalTopic,
    transactionVersion: () => image.features.get(TRANSACTION_FEATURE) ?? 0,
    producerIds,
    markers,
    turn: profile === 'faithful' ? turn : undefined,
    hooks: options.transactionHooks,
    onLoadFailure: reportUnreadable(TRANSACTION_TOPIC, 'transactional ids', replicas, logger),
  })
  return {
    groups,
    transactions,
    shareCoordinator: createShareCoordinator(options, replicas),
    sharePersister,
    producerIds,
    markers,
    transactionVerifier,
  }
}

function createGroupCoordinator(
  options: ServicesOptions,
  services: {
    readonly replicas: ReplicaManager
    readonly sharePersister: SharePersister
    readonly verifier: TransactionVerifier
  },
): GroupCoordinator {
  const { metadata, peers, clock, random, turn, logger, profile } = options
  const { replicas, sharePersister, verifier } = services
  const { image, config } = metadata
  return new GroupCoordinator({
    clock,
    random,
    turn,
    config: readGroupConfig(config),
    brokerConfig: config,
    groupConfig: (groupId) =>
      new EffectiveGroupConfig(image.configs(ConfigResourceType.Group, groupId), config),
    image,
    partitionCount: () => partitionCountOf(OFFSETS_TOPIC, image, config),
    topics: image,
    topologyDescriptions:
      config.string('group.streams.topology.description.plugin.class') === IN_MEMORY_DESCRIPTIONS
        ? new TopologyDescriptions(clock, random)
        : undefined,
    sharePersister,
    latestOffsets: latestOffsetsOf(image, peers),
    expireMembersOfClosedConnections: profile === 'test',
    hooks: options.groupHooks ?? noGroupHooks,
    verifyTransaction: (partition, transaction, apiVersion) =>
      verifyOffsetCommit({ verifier, replicas }, partition, transaction, apiVersion),
    onLoadFailure: reportUnreadable(OFFSETS_TOPIC, 'groups', replicas, logger),
  })
}

function createShareCoordinator(
  { metadata: { image, config }, clock, logger, groupHooks = noGroupHooks }: ServicesOptions,
  replicas: ReplicaManager,
): ShareCoordinator {
  return new ShareCoordinator({
    clock,
    config: readShareCoordinatorConfig(config),
    topics: image,
    isEnabled: () => isShareProtocolEnabled({ image }),
    onChanged: (groupId) => groupHooks.startOffsetsChanged(groupId),
    partitionCount: () => partitionCountOf(SHARE_TOPIC, image, config),
    onLoadFailure: reportUnreadable(SHARE_TOPIC, 'share partitions', replicas, logger),
  })
}

/** Returns the function that logs that a partition of a coordinator's topic cannot be read. */
function reportUnreadable(
  topic: string,
  what: string,
  replicas: ReplicaManager,
  logger: NetworkLogger,
): (partition: number, error: unknown) => void {
  return (partition, error) => {
    const led = replicas.leader(topic, partition)
    const directory = led instanceof ApiError ? `${topic}-${partition}` : led.log.directory
    logger.error(
      { topic, partition, err: error },
      `Cannot load ${topic}-${partition}: its ${what} answer NOT_COORDINATOR. To see the damage: odradek dump --verify ${directory}`,
    )
  }
}
