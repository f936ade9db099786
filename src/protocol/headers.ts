import { int16, int32, message, string } from './schema/index.ts'

/**
 * What stands before every request. v0 belonged to ControlledShutdown v0 and went with it; v2 is the flexible one. The
 * client id keeps its two-byte length even there, so that old brokers can read the header of an ApiVersions request
 * from the future.
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

/** What stands before every response; v1 is flexible, but never used for ApiVersions. */
export const ResponseHeader = message(
  'ResponseHeader',
  { versions: [0, 1], flexible: 1 },
  { correlationId: int32 },
)
