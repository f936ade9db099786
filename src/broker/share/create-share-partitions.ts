import type { BrokerServices } from '../broker-services.ts'
import type { ServicesOptions } from '../services-options.ts'
import { DeadLetterWriter } from './dead-letter-writer.ts'
import { ShareGroupConfigs } from './share-group-config.ts'
import { SharePartitionManager } from './share-partition-manager.ts'

/** Builds the service that delivers partitions to share groups. */
export function createSharePartitions(
  { metadata, peers, clock, random, logger, groupHooks }: ServicesOptions,
  services: Pick<BrokerServices, 'replicas' | 'controller' | 'delays' | 'sharePersister'>,
): SharePartitionManager {
  const { image, config } = metadata
  const { replicas, controller, delays, sharePersister } = services
  const configs = new ShareGroupConfigs(image, config)
  const deadLetters = new DeadLetterWriter({
    image,
    config,
    configs,
    controller,
    peers,
    replicas,
    delays,
    clock,
    random,
    logger,
  })
  return new SharePartitionManager({
    clock,
    random,
    replicas,
    configs,
    persister: sharePersister,
    deadLetters,
    maxSessions: config.number('group.share.max.share.sessions'),
    onStartOffset: (groupId) => groupHooks?.startOffsetsChanged(groupId),
  })
}
