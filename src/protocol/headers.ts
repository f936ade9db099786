import { int16, int32, message, string } from './schema/index.ts'

/**
 * The header of every request. v0 was only for ControlledShutdown v0; v2 is flexible. The client id
 * always has a two-byte length, so that old brokers can read the header of an ApiVersions request
 * of a later version.
 */
export const RequestHeader = message(
  'RequestHeader',
  { versions: [0, 2], flexible: 2 },
  {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    clientId: string.since(1).nullable().neverCompact(),
  },
)

/** The header of every response; v1 is flexible, but never used for ApiVersions. */
export const ResponseHeader = message(
  'ResponseHeader',
  { versions: [0, 1], flexible: 1 },
  { correlationId: int32 },
)
