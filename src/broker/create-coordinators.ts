import type { NetworkLogger } from '../network/network-logger.ts'
import { readGroupConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import { readTransactionConfig } from '../coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { BrokerServices } from './broker-services.ts'
import { InternalTopic, isInternalTopic, partitionCountOf } from './internal-topics.ts'
import { ProducerIdBlock } from './producer-id-block.ts'
import type { ReplicaManager } from './replica-manager.ts'
import type { ServicesOptions } from './services-options.ts'
import { TransactionMarkers } from './transaction-markers.ts'
import { TransactionVerifier } from './transaction-verifier.ts'
import { verifyOffsetCommit } from './verify-offset-commit.ts'

const OFFSETS_TOPIC = InternalTopic.ConsumerOffsets
const TRANSACTION_TOPIC = InternalTopic.TransactionState

/** The feature whose level decides the version of transactions (KIP-890). */
const TRANSACTION_FEATURE = 'transaction.version'

/** The coordinators of a broker, and the services that connect them to all brokers. */
export type Coordinators = Pick<
  BrokerServices,
  'groups' | 'transactions' | 'producerIds' | 'markers' | 'transactionVerifier'
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
  const groups = new GroupCoordinator({
    clock,
    random,
    turn,
    config: readGroupConfig(config),
    partitionCount: () => partitionCountOf(OFFSETS_TOPIC, image, config),
    topics: image,
    expireMembersOfClosedConnections: profile === 'test',
    verifyTransaction: (partition, transaction, apiVersion) =>
      verifyOffsetCommit(
        { verifier: transactionVerifier, replicas },
        partition,
        transaction,
        apiVersion,
      ),
    onLoadFailure: reportUnreadable(OFFSETS_TOPIC, 'groups', replicas, logger),
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
  return { groups, transactions, producerIds, markers, transactionVerifier }
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
