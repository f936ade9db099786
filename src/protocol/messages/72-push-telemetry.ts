import { api, bool, bytes, int16, int32, int8, uuid } from '../schema/index.ts'

/**
 * PushTelemetry (72): the metrics of a client (KIP-714). Advertised only by brokers that have a
 * receiver for them.
 */
export const PushTelemetry = api(
  72,
  'PushTelemetry',
  { versions: [0, 0], advertised: null, flexible: 0 },
  {
    request: {
      clientInstanceId: uuid,
      subscriptionId: int32,
      terminating: bool,
      compressionType: int8,
      metrics: bytes,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
    },
  },
)
