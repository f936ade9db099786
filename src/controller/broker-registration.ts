import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Random } from '../platform/random.ts'
import { randomUuid } from '../platform/uuid.ts'
import { supportedFeatures } from './features.ts'
import { NO_LEADER, type PartitionRegistration } from './metadata-image.ts'
import type { BrokerRegistrationRequest } from './operations.ts'
import { leaderChangeRecords } from './partitions/leader-changes.ts'
import { hasEligibleReplicas, type ClusterView } from './partitions/partition-rules.ts'
import {
  controlledShutdownRecord,
  fencingRecord,
  registerBrokerRecord,
  unregisterBrokerRecord,
} from './records.ts'
import type { NewRecord } from './records.ts'

/**
 * Returns the records that register a broker, which stays fenced. It leaves the in-sync replicas
 * first. If it did not stop cleanly it may have lost records, and is not eligible as leader any
 * more (KIP-966).
 *
 * @param brokerEpoch the offset of the first of these records
 */
export function registrationRecords(
  view: ClusterView,
  random: Random,
  request: BrokerRegistrationRequest,
  brokerEpoch: number,
): NewRecord[] {
  const { id, hadCleanShutdown } = request
  const register = registerBrokerRecord({
    brokerId: id,
    incarnationId: randomUuid(random),
    brokerEpoch,
    endPoints: request.endpoints.map((endpoint) => ({ ...endpoint })),
    features: [...supportedFeatures].map(([name, { min, max }]) => ({
      name,
      minSupportedVersion: min,
      maxSupportedVersion: max,
    })),
    rack: request.rack,
    fenced: true,
    logDirs: [...request.logDirs],
  })
  return [...earlierIncarnationRecords(view, id, hadCleanShutdown), register]
}

/** Returns the records that end what is left of the earlier incarnation of a broker. */
function earlierIncarnationRecords(
  view: ClusterView,
  id: number,
  hadCleanShutdown: boolean,
): NewRecord[] {
  if (hadCleanShutdown || !hasEligibleReplicas(view.image)) {
    return leaderChangeRecords(view, { leaving: [id] }, inSyncOn(id))
  }
  return [
    ...leaderChangeRecords(view, { unclean: id }, inSyncOn(id)),
    ...leaderChangeRecords(view, { unclean: id }, ({ elr }) => elr.includes(id)),
  ]
}

/**
 * Returns the records that unfence a registered broker. It may become the leader of partitions
 * without a leader.
 */
export function unfencingRecords(view: ClusterView, id: number): NewRecord[] {
  const broker = view.image.brokers.get(id)
  if (broker === undefined || !broker.fenced) return []
  const elections = leaderChangeRecords(
    view,
    { entering: id },
    ({ leader }) => leader === NO_LEADER,
  )
  return [fencingRecord(id, broker.epoch, false), ...elections]
}

/**
 * Returns the records that start a broker's controlled shutdown: its partitions get other leaders.
 */
export function shutdownRecords(view: ClusterView, id: number): NewRecord[] {
  const broker = view.image.brokers.get(id)
  if (broker === undefined || broker.fenced) return []
  const elections = leaderChangeRecords(view, { leaving: [id] }, inSyncOn(id))
  return [controlledShutdownRecord(id, broker.epoch), ...elections]
}

/**
 * Returns the records that fence brokers, all at once. Their partitions get other leaders. If no
 * in-sync replica remains, the leader stays eligible, because it has every record, and the
 * partition has no leader until it is back (KIP-966).
 */
export function fencingRecords(view: ClusterView, brokerIds: readonly number[]): NewRecord[] {
  const { image } = view
  const leaving = brokerIds.filter((id) => image.isAlive(id))
  const records = leaderChangeRecords(view, { leaving }, ({ isr }) =>
    isr.some((id) => leaving.includes(id)),
  )
  for (const id of leaving) records.push(fencingRecord(id, image.brokers.get(id)!.epoch, true))
  return records
}

/**
 * Returns the records that remove a broker. Its partitions get other leaders, and it stays among
 * their replicas.
 */
export function unregistrationRecords(view: ClusterView, id: number): NewRecord[] | ApiError {
  const broker = view.image.brokers.get(id)
  if (broker === undefined)
    return new ApiError(
      ErrorCode.BrokerIdNotRegistered,
      `Broker ID ${id} is not currently registered`,
    )
  return [
    ...leaderChangeRecords(view, { leaving: [id] }, inSyncOn(id)),
    ...leaderChangeRecords(view, { leaving: [id] }, ({ elr }) => elr.includes(id)),
    unregisterBrokerRecord(id, broker.epoch),
  ]
}

function inSyncOn(id: number) {
  return ({ isr }: PartitionRegistration): boolean => isr.includes(id)
}
