import { api, array, bool, int16, int32, int8, string, uuid } from '../schema/index.ts'

/**
 * CreateTopics (19): creates topics.
 *
 *   v1  validateOnly
 *   v4  defaults of the cluster for partitions and replication factor (KIP-464)
 *   v5  flexible; partitions, replication factor and configs in the response (KIP-525)
 *   v6  THROTTLING_QUOTA_EXCEEDED (KIP-599)
 *   v7  topic ids in the response (KIP-516)
 */
export const CreateTopics = api(
  19,
  'CreateTopics',
  { versions: [0, 7], current: [2, 7], flexible: 5 },
  {
    request: {
      topics: array({
        name: string,
        numPartitions: int32,
        replicationFactor: int16,
        assignments: array({
          partitionIndex: int32,
          brokerIds: array(int32),
        }),
        configs: array({
          name: string,
          value: string.nullable(),
        }),
      }),
      timeoutMs: int32.default(60000),
      validateOnly: bool.since(1).default(false),
    },
    response: {
      throttleTimeMs: int32.since(2),
      topics: array({
        name: string,
        topicId: uuid.since(7),
        errorCode: int16,
        errorMessage: string.since(1).nullable(),
        topicConfigErrorCode: int16.tag(0, 5),
        numPartitions: int32.since(5).default(-1),
        replicationFactor: int16.since(5).default(-1),
        configs: array({
          name: string,
          value: string.nullable(),
          readOnly: bool,
          configSource: int8.default(-1),
          isSensitive: bool,
        })
          .since(5)
          .nullable(),
      }),
    },
  },
)
