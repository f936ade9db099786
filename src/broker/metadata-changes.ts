import { ConfigResourceType } from '../protocol/config-resource.ts'
import type { MetadataDelta } from '../controller/metadata-image.ts'
import type { BrokerServices } from './broker-services.ts'

/** Applies a change of the cluster metadata to the services of a broker. */
export function applyMetadataDelta(delta: MetadataDelta, services: BrokerServices): void {
  const { replicas, deletedTopics, groups, shareCoordinator, sharePartitions, markers } = services
  replicas.apply(delta)
  if (delta.changedConfigs.some(({ type }) => type === ConfigResourceType.Broker)) {
    cordonDirectories(services)
  }
  if (delta.deletedTopics.size > 0) {
    deletedTopics.add(delta.deletedTopics.keys())
  }
  groups.onMetadataChanged(delta)
  shareCoordinator.onMetadataChanged(delta)
  if (delta.features !== undefined) sharePartitions.onFeaturesChanged(delta.features)
  markers.onMetadataChanged()
}

/** Sends the cordoned log directories of the broker to the controller. */
export function cordonDirectories({ brokerId, logs, controller }: BrokerServices): void {
  const cordoned = logs.logDirs().filter(({ isCordoned }) => isCordoned)
  const ids = cordoned.flatMap(({ directoryId }) => directoryId ?? [])
  void controller.cordonDirectories(brokerId, ids)
}
