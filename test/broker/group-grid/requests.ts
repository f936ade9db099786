import {
  ConsumerGroupHeartbeat,
  JoinGroup,
  OffsetCommit,
  OffsetFetch,
  Produce,
  ShareGroupHeartbeat,
  StreamsGroupHeartbeat,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import type { GroupScene } from './group-scene.ts'

type JoinRequest = RequestInput<typeof JoinGroup>
type ConsumerRequest = RequestInput<typeof ConsumerGroupHeartbeat>
type ShareRequest = RequestInput<typeof ShareGroupHeartbeat>
type StreamsRequest = RequestInput<typeof StreamsGroupHeartbeat>

/** Returns the protocols of a JoinGroup request, with their names as metadata. */
export function protocols(...names: readonly string[]) {
  return names.map((name) => ({ name, metadata: Buffer.from(`about ${name}`) }))
}

/** Returns a JoinGroup request. Default: a new member of group `g` with one protocol. */
export function joining(fields: Partial<JoinRequest> = {}): JoinRequest {
  return {
    groupId: 'g',
    sessionTimeoutMs: 60_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: protocols('range'),
    ...fields,
  }
}

/** A member with its id: JoinGroup once or, from version 4 on, twice. */
export async function join(scene: GroupScene, version: number, fields: Partial<JoinRequest> = {}) {
  const first = await scene.call(JoinGroup, version, joining(fields))
  if (version < 4 || fields.memberId || fields.groupInstanceId) return first
  return scene.call(JoinGroup, version, joining({ ...fields, memberId: first.memberId }))
}

type SyncRequest = RequestInput<typeof SyncGroup>

/** Returns a SyncGroup request. Assignments: text by member id. */
export function syncing(
  memberId: string,
  generationId: number,
  assignments: Readonly<Record<string, string>> = {},
  fields: Partial<SyncRequest> = {},
): SyncRequest {
  return {
    groupId: 'g',
    generationId,
    memberId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: Object.entries(assignments).map(([id, text]) => ({
      memberId: id,
      assignment: Buffer.from(text),
    })),
    ...fields,
  }
}

/** Makes a stable classic group with one member. Returns its id. */
export async function classicMember(
  scene: GroupScene,
  fields: Partial<JoinRequest> = {},
): Promise<string> {
  const { memberId, generationId } = await join(scene, 7, fields)
  await scene.call(
    SyncGroup,
    5,
    syncing(memberId, generationId, { [memberId]: 'all' }, { groupId: fields.groupId ?? 'g' }),
  )
  return memberId
}

/** ConsumerGroupHeartbeat. Default: member `a` joins group `g` and subscribes to topic `t`. */
export function consumer(scene: GroupScene, fields: Partial<ConsumerRequest> = {}, version = 1) {
  return scene.call(ConsumerGroupHeartbeat, version, consuming(fields))
}

export function consuming(fields: Partial<ConsumerRequest> = {}): ConsumerRequest {
  const { memberEpoch = 0 } = fields
  const first = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], topicPartitions: [] }
  return {
    groupId: 'g',
    memberId: 'a',
    memberEpoch,
    ...(memberEpoch === 0 ? first : {}),
    ...fields,
  }
}

/** Returns partitions of a topic as members own them. */
export function owned(scene: GroupScene, topic: string, ...partitions: readonly number[]) {
  return [{ topicId: scene.topicId(topic), partitions: [...partitions] }]
}

/** ShareGroupHeartbeat. Default: member `a` joins group `g` and subscribes to topic `t`. */
export function share(scene: GroupScene, fields: Partial<ShareRequest> = {}, version = 1) {
  return scene.call(ShareGroupHeartbeat, version, sharing(fields))
}

export function sharing(fields: Partial<ShareRequest> = {}): ShareRequest {
  const { memberEpoch = 0 } = fields
  return {
    groupId: 'g',
    memberId: 'a',
    memberEpoch,
    ...(memberEpoch === 0 ? { subscribedTopicNames: ['t'] } : {}),
    ...fields,
  }
}

/** Repeats the heartbeat of a share group until all partitions of the member are assigned. */
export async function shareUntilAssigned(
  scene: GroupScene,
  fields: Partial<ShareRequest> = {},
  partitions = 1,
) {
  const count = (topics: readonly { partitions: readonly number[] }[] = []) =>
    topics.reduce((sum, topic) => sum + topic.partitions.length, 0)
  let { memberEpoch = 0 } = fields
  if (memberEpoch === 0) {
    const joined = await share(scene, fields)
    if (count(joined.assignment?.topicPartitions) === partitions) return joined
    ;({ memberEpoch } = joined)
  }
  for (let attempts = 0; ; attempts++) {
    if (attempts > 600) throw new Error('nothing is assigned')
    const request = sharing({ ...fields, memberEpoch, subscribedTopicNames: null })
    const response = (await scene.send(ShareGroupHeartbeat, 1, request))!
    if (count(response.assignment?.topicPartitions) === partitions) {
      scene.note('ShareGroupHeartbeat v1', request, response)
      await scene.observe()
      return response
    }
    memberEpoch = response.memberEpoch
    await scene.stage.pass(20)
  }
}

/** StreamsGroupHeartbeat. Default: member `a` joins group `g` with a topology over topic `t`. */
export function streams(scene: GroupScene, fields: Partial<StreamsRequest> = {}, version = 1) {
  return scene.call(StreamsGroupHeartbeat, version, streaming(fields))
}

export function streaming(fields: Partial<StreamsRequest> = {}): StreamsRequest {
  const { memberEpoch = 0 } = fields
  const first = {
    rebalanceTimeoutMs: 60_000,
    topology: topology(),
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'process',
    clientTags: [],
  }
  return {
    groupId: 'g',
    memberId: 'a',
    memberEpoch,
    endpointInformationEpoch: 0,
    ...(memberEpoch === 0 ? first : {}),
    ...fields,
  }
}

type Topology = NonNullable<StreamsRequest['topology']>
type Subtopology = Topology['subtopologies'][number]

/** Returns a topology. Default: one subtopology over topic `t`. */
export function topology(
  subtopologies: readonly Partial<Subtopology>[] = [{}],
  epoch = 0,
): Topology {
  return {
    epoch,
    subtopologies: subtopologies.map((fields, index) => ({
      subtopologyId: String(index),
      sourceTopics: ['t'],
      sourceTopicRegex: [],
      stateChangelogTopics: [],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
      ...fields,
    })),
  }
}

interface CommitOptions {
  readonly version?: number
  readonly groupId?: string
  readonly memberId?: string
  readonly generation?: number
  readonly groupInstanceId?: string | null
  readonly metadata?: string | null
  readonly leaderEpoch?: number
}

/** OffsetCommit of offsets by topic and partition. */
export function commit(
  scene: GroupScene,
  offsets: Readonly<Record<string, Readonly<Record<number, number>>>>,
  options: CommitOptions = {},
) {
  const { version = 9, groupId = 'g', memberId = '', generation = -1 } = options
  const { groupInstanceId = null, metadata = '', leaderEpoch = -1 } = options
  return scene.call(OffsetCommit, version, {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId,
    topics: Object.entries(offsets).map(([name, partitions]) => ({
      name,
      topicId: scene.topicId(name),
      partitions: Object.entries(partitions).map(([partition, committedOffset]) => ({
        partitionIndex: Number(partition),
        committedOffset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    })),
  })
}

interface FetchOptions {
  readonly version?: number
  readonly groupId?: string
  readonly memberId?: string | null
  readonly memberEpoch?: number
  readonly requireStable?: boolean
}

/** OffsetFetch of partitions by topic; `null` for all of them. */
export function fetchOffsets(
  scene: GroupScene,
  partitions: Readonly<Record<string, readonly number[]>> | null,
  options: FetchOptions = {},
) {
  const { version = 9, groupId = 'g', memberId = null, memberEpoch = -1 } = options
  const topics =
    partitions === null
      ? null
      : Object.entries(partitions).map(([name, indexes]) => ({
          name,
          topicId: scene.topicId(name),
          partitionIndexes: [...indexes],
        }))
  return scene.call(OffsetFetch, version, {
    groupId,
    topics: version < 8 ? topics : [],
    groups: version < 8 ? [] : [{ groupId, memberId, memberEpoch, topics }],
    requireStable: options.requireStable ?? false,
  })
}

/** Produces records, one batch for each list of values. Not written down. */
export async function produce(
  scene: GroupScene,
  topic: string,
  ...batches: readonly (readonly string[])[]
): Promise<void> {
  for (const values of batches) {
    const records = encodeBatch(
      values.map((value) => ({
        timestamp: scene.stage.nowMs(),
        key: null,
        value: Buffer.from(value),
      })),
    )
    const response = await scene.send(Produce, 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [
        { name: topic, topicId: scene.topicId(topic), partitionData: [{ index: 0, records }] },
      ],
    })
    const { errorCode } = response!.responses[0]!.partitionResponses[0]!
    if (errorCode !== 0) throw new Error(`cannot produce to ${topic}: ${errorCode}`)
  }
}
