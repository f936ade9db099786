import { api, array, int16, int32, int8, string, struct } from '../schema/index.ts'

const topologyDescriptionNode = struct({
  name: string,
  nodeType: int8,
  sourceTopics: array(string),
  sinkTopic: string.nullable().default(null),
  stores: array(string),
  successors: array(string),
})

/**
 * StreamsGroupTopologyDescriptionUpdate (93): sends the description of a topology to the
 * coordinator of a streams group (KIP-1331).
 */
export const StreamsGroupTopologyDescriptionUpdate = api(
  93,
  'StreamsGroupTopologyDescriptionUpdate',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      groupId: string,
      memberId: string,
      topologyEpoch: int32,
      topologyDescription: struct({
        subtopologies: array({
          subtopologyId: string,
          nodes: array(topologyDescriptionNode),
        }),
        globalStores: array({
          source: topologyDescriptionNode,
          processor: topologyDescriptionNode,
        }),
      }),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
    },
  },
)
