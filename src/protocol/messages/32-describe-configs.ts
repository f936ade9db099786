import { api, array, bool, int16, int32, int8, string } from '../schema/index.ts'

/**
 * DescribeConfigs (32): the configs of topics, brokers, groups and client metrics subscriptions.
 *
 *   v1  the source of each value, and its synonyms (KIP-226)
 *   v3  type and documentation (KIP-569)
 *   v4  flexible
 */
export const DescribeConfigs = api(
  32,
  'DescribeConfigs',
  { versions: [0, 4], current: [1, 4], flexible: 4 },
  {
    request: {
      resources: array({
        resourceType: int8,
        resourceName: string,
        configurationKeys: array(string).nullable(),
      }),
      includeSynonyms: bool.since(1).default(false),
      includeDocumentation: bool.since(3).default(false),
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        errorCode: int16,
        errorMessage: string.nullable(),
        resourceType: int8,
        resourceName: string,
        configs: array({
          name: string,
          value: string.nullable(),
          readOnly: bool,
          isDefault: bool.until(0),
          configSource: int8.since(1).default(-1),
          isSensitive: bool,
          synonyms: array({
            name: string,
            value: string.nullable(),
            source: int8,
          }).since(1),
          configType: int8.since(3).default(0),
          documentation: string.since(3).nullable(),
        }),
      }),
    },
  },
)
