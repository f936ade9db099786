import {
  DeleteGroups,
  StreamsGroupDescribe,
  StreamsGroupTopologyDescriptionUpdate,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { streams, topology } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'

type Description = RequestInput<typeof StreamsGroupTopologyDescriptionUpdate>['topologyDescription']
type Subtopology = Description['subtopologies'][number]
type Node = Subtopology['nodes'][number]

const empty: Description = { subtopologies: [], globalStores: [] }
const node = (name: string, nodeType: number, fields: Partial<Node> = {}): Node => ({
  name,
  nodeType,
  sourceTopics: [],
  sinkTopic: null,
  stores: [],
  successors: [],
  ...fields,
})

function update(
  scene: GroupScene,
  fields: Partial<RequestInput<typeof StreamsGroupTopologyDescriptionUpdate>> = {},
) {
  return scene.call(StreamsGroupTopologyDescriptionUpdate, 0, {
    groupId: 'g',
    memberId: 'a',
    topologyEpoch: 0,
    topologyDescription: empty,
    ...fields,
  })
}

const describe = (scene: GroupScene, includeTopologyDescription = true) =>
  scene.call(StreamsGroupDescribe, 1, {
    groupIds: ['g'],
    includeAuthorizedOperations: false,
    includeTopologyDescription,
  })

const described = (...nodes: readonly Node[]): Description => ({
  subtopologies: [{ subtopologyId: '0', nodes: [...nodes] }],
  globalStores: [],
})

const scenarios: readonly Scenario[] = [
  {
    name: 'a description is asked for, sent and described',
    run: async (scene) => {
      await scene.createTopic('t')
      await streams(scene)
      await describe(scene)
      await streams(scene, { memberEpoch: 2 })
      await streams(scene, { memberEpoch: 2 }, 0)
      await update(scene, {
        topologyDescription: described(
          node('source', 1, { sourceTopics: ['t'], successors: ['process'] }),
          node('process', 2, { stores: ['store'], successors: ['sink'] }),
          node('sink', 3, { sinkTopic: 'out' }),
        ),
      })
      await describe(scene)
      await describe(scene, false)
      await streams(scene, { memberEpoch: 2 })
      await update(scene)
      await describe(scene)
      await streams(scene, { memberEpoch: -1 })
      await describe(scene)
      await scene.call(DeleteGroups, 3, { groupsNames: ['g'] })
      await streams(scene)
      await describe(scene)
    },
  },
  {
    name: 'wrong descriptions',
    run: async (scene) => {
      await scene.createTopic('t')
      await update(scene)
      await streams(scene, { topology: topology([{}], 2) })
      await update(scene)
      await update(scene, { topologyEpoch: 3 })
      await update(scene, { topologyEpoch: -1 })
      await update(scene, { memberId: 'nobody', topologyEpoch: 2 })
      await update(scene, { memberId: '', topologyEpoch: 2 })
      await update(scene, { groupId: '', topologyEpoch: 2 })
      const wrong: Description[] = [
        described(node('', 1)),
        described(node('a', 0)),
        described(node('a', 4)),
        described(node('a', -1)),
        described(node('a', 1, { sourceTopics: [] })),
        described(node('a', 1), node('a', 2)),
        described(node('a', 1, { successors: ['nobody'] })),
        described(node('a', 1, { sinkTopic: 'out' })),
        described(node('a', 3)),
        described(node('a', 3, { sinkTopic: '' })),
        described(node('a', 2, { sourceTopics: ['t'] })),
        described(node('a', 3, { sinkTopic: 'out', successors: ['a'] })),
        { subtopologies: [{ subtopologyId: '', nodes: [] }], globalStores: [] },
        {
          subtopologies: [
            { subtopologyId: '0', nodes: [] },
            { subtopologyId: '0', nodes: [] },
          ],
          globalStores: [],
        },
        {
          subtopologies: [],
          globalStores: [{ source: node('a', 1), processor: node('b', 2) }],
        },
        {
          subtopologies: [],
          globalStores: [{ source: node('a', 2), processor: node('b', 1) }],
        },
      ]
      for (const topologyDescription of wrong) {
        await update(scene, { topologyEpoch: 2, topologyDescription })
        await describe(scene)
      }
    },
  },
  {
    name: 'a restart loses the description',
    run: async (scene) => {
      await scene.createTopic('t')
      await streams(scene)
      await update(scene)
      await describe(scene)
      await scene.broker('stop')
      await scene.broker('start')
      await describe(scene)
      await streams(scene, { memberEpoch: 2 })
      await update(scene)
      await describe(scene)
    },
  },
]

export const streamsDescriptions: Suite = {
  name: 'streams-descriptions',
  setting: {
    config: {
      'group.streams.topology.description.plugin.class':
        'org.apache.kafka.server.streams.InMemoryTopologyDescriptionPlugin',
    },
  },
  isAlone: true,
  scenarios,
}
