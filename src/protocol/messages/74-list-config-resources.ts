import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * ListConfigResources (74): the resources that have configs (KIP-1000, where it listed only client
 * metrics; KIP-1142).
 *
 *   v1  all types of resources (KIP-1142)
 */
export const ListConfigResources = api(
  74,
  'ListConfigResources',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      resourceTypes: array(int8).since(1),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      configResources: array({
        resourceName: string,
        resourceType: int8.since(1).default(16),
      }),
    },
  },
)
