import { api, array, bool, int16, int32, int8, string, uuid } from '../schema/index.ts'

/**
 * GetTelemetrySubscriptions (71): returns which metrics a client must push, and how often
 * (KIP-714). Advertised only by brokers that have a receiver for them.
 */
export const GetTelemetrySubscriptions = api(
  71,
  'GetTelemetrySubscriptions',
  { versions: [0, 0], advertised: null, flexible: 0 },
  {
    request: {
      clientInstanceId: uuid,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      clientInstanceId: uuid,
      subscriptionId: int32,
      acceptedCompressionTypes: array(int8),
      pushIntervalMs: int32,
      telemetryMaxBytes: int32,
      deltaTemporality: bool,
      requestedMetrics: array(string),
    },
  },
)
