import { array, bool, bytes, float64, int32, int64, int8, string, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/**
 * A delegation token was created or renewed (KIP-48).
 */
export const DelegationTokenRecord = metadataRecord(
  10,
  'DelegationTokenRecord',
  { versions: [0, 0], flexible: 0 },
  {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64,
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
)

/**
 * A delegation token expired or was cancelled.
 */
export const RemoveDelegationTokenRecord = metadataRecord(
  26,
  'RemoveDelegationTokenRecord',
  { versions: [0, 0], flexible: 0 },
  {
    tokenId: string,
  },
)

/**
 * A SCRAM credential of a user was set (KIP-554).
 */
export const UserScramCredentialRecord = metadataRecord(
  11,
  'UserScramCredentialRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
)

/**
 * A SCRAM credential of a user was removed.
 */
export const RemoveUserScramCredentialRecord = metadataRecord(
  22,
  'RemoveUserScramCredentialRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string,
    mechanism: int8,
  },
)

/**
 * An ACL was created.
 */
export const AccessControlEntryRecord = metadataRecord(
  18,
  'AccessControlEntryRecord',
  { versions: [0, 0], flexible: 0 },
  {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
)

/**
 * An ACL was deleted.
 */
export const RemoveAccessControlEntryRecord = metadataRecord(
  19,
  'RemoveAccessControlEntryRecord',
  { versions: [0, 0], flexible: 0 },
  {
    id: uuid,
  },
)

/**
 * A quota of a user, client id or IP was set or removed (KIP-546).
 */
export const ClientQuotaRecord = metadataRecord(
  14,
  'ClientQuotaRecord',
  { versions: [0, 0], flexible: 0 },
  {
    entity: array({
      entityType: string,
      entityName: string.nullable(),
    }),
    key: string,
    value: float64,
    remove: bool,
  },
)
