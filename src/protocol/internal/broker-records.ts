import { array, bool, int16, int32, int64, int8, string, uint16, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/**
 * A broker joined the cluster, or restarted with a new incarnation id. v3 adds its log directories
 * (KIP-858), v4 the cordoned ones.
 */
export const RegisterBrokerRecord = metadataRecord(
  0,
  'RegisterBrokerRecord',
  { versions: [0, 4], flexible: 0 },
  {
    brokerId: int32,
    isMigratingZkBroker: bool.since(2).default(false),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: string.nullable(),
    fenced: bool.default(true),
    inControlledShutdown: bool.since(1).default(false),
    logDirs: array(uuid).tag(0, 3),
    cordonedLogDirs: array(uuid).nullable().default(null).tag(1, 4),
  },
)

/** A broker was removed permanently. */
export const UnregisterBrokerRecord = metadataRecord(
  1,
  'UnregisterBrokerRecord',
  { versions: [0, 0], flexible: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
  },
)

/** A broker was fenced; newer logs use {@link BrokerRegistrationChangeRecord}. */
export const FenceBrokerRecord = metadataRecord(
  7,
  'FenceBrokerRecord',
  { versions: [0, 0], flexible: 0 },
  {
    id: int32,
    epoch: int64,
  },
)

/** A broker was unfenced; newer logs use {@link BrokerRegistrationChangeRecord}. */
export const UnfenceBrokerRecord = metadataRecord(
  8,
  'UnfenceBrokerRecord',
  { versions: [0, 0], flexible: 0 },
  {
    id: int32,
    epoch: int64,
  },
)

/**
 * A broker was fenced or unfenced (-1, 1), is shutting down, or changed its log directories.
 */
export const BrokerRegistrationChangeRecord = metadataRecord(
  17,
  'BrokerRegistrationChangeRecord',
  { versions: [0, 3], flexible: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: int8.tag(0),
    inControlledShutdown: int8.tag(1, 1),
    logDirs: array(uuid).tag(2, 2),
    cordonedLogDirs: array(uuid).nullable().default(null).tag(3, 3),
  },
)

/**
 * A controller of the quorum registered its endpoints and features (KIP-919).
 */
export const RegisterControllerRecord = metadataRecord(
  27,
  'RegisterControllerRecord',
  { versions: [0, 0], flexible: 0 },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
)

/** A controller was removed permanently. */
export const UnregisterControllerRecord = metadataRecord(
  29,
  'UnregisterControllerRecord',
  { versions: [0, 0], flexible: 0 },
  {
    controllerId: int32,
  },
)

/**
 * A block of producer ids was assigned to a broker: all ids below the next one are used (KIP-730).
 */
export const ProducerIdsRecord = metadataRecord(
  15,
  'ProducerIdsRecord',
  { versions: [0, 0], flexible: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64.default(-1),
    nextProducerId: int64,
  },
)
