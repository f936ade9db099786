import type { Uuid } from '../../platform/uuid.ts'
import { ConfigResourceType } from '../../protocol/config-resource.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { Feature } from '../features.ts'
import type { MetadataImage, PartitionRegistration, TopicImage } from '../metadata-image.ts'
import { inheritedTopicConfig, type TopicConfigName } from '../topic-config.ts'
import { defaultDirectoryOf, isInOnlineDirectory } from './directory-id.ts'

/** The state of the cluster that changes of partitions depend on. */
export interface ClusterView {
  readonly image: MetadataImage
  /** The configs of the controller's broker. Topics inherit from them. */
  readonly config: BrokerConfig
}

/** The rules that decide about changes of the partitions of one topic. */
export interface PartitionRules {
  /** Whether a replica can lead: its broker is in service, and its directory is online. */
  readonly isAcceptableLeader: (partition: PartitionRegistration, brokerId: number) => boolean
  /** `min.insync.replicas` of the topic, or its number of replicas if that is less. */
  readonly minInsyncReplicas: number
  /** Whether the cluster has eligible leader replicas (KIP-966). */
  readonly hasEligibleReplicas: boolean
  /** Returns the directory of a new replica. */
  readonly defaultDirectory: (brokerId: number) => Uuid
}

/**
 * Returns the rules of the partitions of a topic.
 *
 * @param isInService whether a broker is in service; default: as the image says
 */
export function rulesOf(
  view: ClusterView,
  topic: TopicImage,
  isInService: (brokerId: number) => boolean = (id) => view.image.isActive(id),
): PartitionRules {
  const { image } = view
  return {
    isAcceptableLeader: (partition, id) => {
      const broker = image.brokers.get(id)
      return broker !== undefined && isInService(id) && isInOnlineDirectory(partition, broker)
    },
    minInsyncReplicas: Math.min(
      Number(topicConfig(view, topic.name, 'min.insync.replicas')),
      topic.partitions[0]!.replicas.length,
    ),
    hasEligibleReplicas: hasEligibleReplicas(image),
    defaultDirectory: (id) => defaultDirectoryOf(image, id),
  }
}

/** Whether the cluster has eligible leader replicas (KIP-966). */
export function hasEligibleReplicas({ features }: Pick<MetadataImage, 'features'>): boolean {
  return (features.get(Feature.EligibleLeaderReplicas) ?? 0) > 0
}

/** Whether a replica that may have lost records may lead partitions of a topic. */
export function allowsUncleanElection(view: ClusterView, topic: string): boolean {
  return topicConfig(view, topic, 'unclean.leader.election.enable') === 'true'
}

function topicConfig({ image, config }: ClusterView, topic: string, name: TopicConfigName) {
  const own = image.configs(ConfigResourceType.Topic, topic).get(name)
  return own ?? inheritedTopicConfig(name, config)
}
