import type { BrokerServices } from './broker-services.ts'

type ProtocolSources = Pick<BrokerServices, 'config' | 'image'>

/** The level of `share.version` that introduces share groups. */
const SHARE_PROTOCOL_LEVEL = 1

/**
 * Whether members may use the protocol of KIP-848: `group.coordinator.rebalance.protocols` lists
 * it, and the cluster has the feature.
 */
export function isConsumerProtocolEnabled(sources: ProtocolSources): boolean {
  return isEnabled(sources, 'consumer', 'group.version')
}

/** Whether members may use the protocol of KIP-1071, like {@link isConsumerProtocolEnabled}. */
export function isStreamsProtocolEnabled(sources: ProtocolSources): boolean {
  return isEnabled(sources, 'streams', 'streams.version')
}

function isEnabled({ config, image }: ProtocolSources, protocol: string, feature: string): boolean {
  const level = image.features.get(feature) ?? 0
  return level >= 1 && config.list('group.coordinator.rebalance.protocols').includes(protocol)
}

/** Whether the cluster has the feature that introduces share groups (KIP-932). */
export function isShareProtocolEnabled({ image }: Pick<BrokerServices, 'image'>): boolean {
  return (image.features.get('share.version') ?? 0) >= SHARE_PROTOCOL_LEVEL
}
