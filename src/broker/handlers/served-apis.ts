import { apis } from '../../protocol/messages/index.ts'

/**
 * API keys of Kafka 4.4 that are not emulated: they are not advertised, and a request for one closes the connection as
 * one for an unknown key does. Everything that is not listed here has a handler, or `handlers/index.ts` does not compile.
 */
export const unservedApiKeys = [
  17,
  36, // SASL
  24,
  25,
  26,
  27,
  28,
  61,
  65,
  66, // transactions
  29,
  30,
  31,
  38,
  39,
  40,
  41,
  50,
  51, // ACLs, delegation tokens, SCRAM
  34,
  43,
  45,
  46,
  55,
  57,
  64,
  80,
  81,
  94, // replication and the controller quorum
  48,
  49,
  71,
  72, // quotas and telemetry
  68,
  69, // consumer groups (KIP-848)
  76,
  77,
  78,
  79,
  83,
  84,
  85,
  86,
  87,
  90,
  91,
  92, // share groups (KIP-932)
  88,
  89,
  93, // streams groups (KIP-1071)
] as const
export type UnservedApiKey = (typeof unservedApiKeys)[number]

const unserved: ReadonlySet<number> = new Set(unservedApiKeys)

/** The APIs that have a handler, in order of their keys. */
export const servedApis = [...apis.values()].filter(({ key }) => !unserved.has(key))
