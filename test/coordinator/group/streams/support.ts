import type { RequestOf } from '../../../../src/protocol/schema/index.ts'
import type { StreamsGroupHeartbeat } from '../../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import type { GroupConnection } from '../../../../src/coordinator/group/group-request-context.ts'
import { groupRecords } from '../../../../src/coordinator/group/group-records.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { FakeConnection, Harness } from '../support.ts'

export const APP = 'word-count'
export const SOURCE_ID = 'c3RyZWFtcy1zb3VyY2UtMQ'
export const CHANGELOG_ID = 'c3RyZWFtcy1jaGFuZ2UtMQ'
export const SESSION_MS = 45_000
export const REBALANCE_MS = 60_000

type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>
type Topology = NonNullable<HeartbeatRequest['topology']>
type TaskIds = NonNullable<HeartbeatRequest['activeTasks']>

/** A topology with one stateless subtopology that reads the topic `in`. */
export const topology = topologyOf({})

export function topologyOf(overrides: Partial<Topology['subtopologies'][number]>): Topology {
  return {
    epoch: 0,
    subtopologies: [
      {
        subtopologyId: '0',
        sourceTopics: ['in'],
        sourceTopicRegex: [],
        stateChangelogTopics: [],
        repartitionSinkTopics: [],
        repartitionSourceTopics: [],
        copartitionGroups: [],
        ...overrides,
      },
    ],
  }
}

/** One stream thread, which says what the test leaves out. */
export class StreamsMember {
  readonly connection = new FakeConnection()
  readonly harness: StreamsHarness
  readonly memberId: string
  epoch = 0
  endpointEpoch = 0
  instanceId: string | null = null
  tasks: { active: TaskIds; standby: TaskIds } = { active: [], standby: [] }

  constructor(harness: StreamsHarness, memberId: string) {
    this.harness = harness
    this.memberId = memberId
  }

  /** Joins with the first epoch. */
  join(overrides: Partial<HeartbeatRequest> & { apiVersion?: number } = {}) {
    this.tasks = { active: [], standby: [] }
    return this.#send({
      memberEpoch: 0,
      rebalanceTimeoutMs: REBALANCE_MS,
      topology,
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      processId: `process-${this.memberId}`,
      clientTags: [],
      ...overrides,
    })
  }

  /** Sends a heartbeat without tasks: nothing has changed. */
  heartbeat(overrides: Partial<HeartbeatRequest> & { apiVersion?: number } = {}) {
    return this.#send({ memberEpoch: this.epoch, ...overrides })
  }

  /** Sends a heartbeat with the tasks that the member has: it has revoked all others. */
  acknowledge(overrides: Partial<HeartbeatRequest> = {}) {
    return this.heartbeat({
      activeTasks: this.tasks.active,
      standbyTasks: this.tasks.standby,
      warmupTasks: [],
      ...overrides,
    })
  }

  leave(overrides: Partial<HeartbeatRequest> = {}) {
    return this.#send({ memberEpoch: -1, ...overrides })
  }

  /** The member as the coordinator describes it. */
  get described() {
    return this.harness.describeStreams().members.find(({ memberId }) => memberId === this.memberId)
  }

  /** The names of its active tasks: `subtopology_partition`. */
  get active(): string[] {
    return taskNames(this.tasks.active)
  }

  #send({ apiVersion = 1, ...overrides }: Partial<HeartbeatRequest> & { apiVersion?: number }) {
    const request: HeartbeatRequest = {
      groupId: APP,
      memberId: this.memberId,
      memberEpoch: 0,
      endpointInformationEpoch: this.endpointEpoch,
      instanceId: this.instanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      topology: null,
      activeTasks: null,
      standbyTasks: null,
      warmupTasks: null,
      processId: null,
      userEndpoint: null,
      clientTags: null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: false,
      ...overrides,
    }
    const connection: GroupConnection = this.connection
    const result = immediate(
      this.harness.coordinator.streams.heartbeat(request, {
        apiVersion,
        clientId: this.memberId,
        connection,
      }),
    )
    const { response } = result
    if (response.errorCode === 0) {
      this.epoch = response.memberEpoch
      if (response.activeTasks != null) {
        this.tasks = {
          active: copyOf(response.activeTasks),
          standby: copyOf(response.standbyTasks ?? []),
        }
      }
    }
    return { ...response, result }
  }
}

/** A coordinator with the topic `in`, whose groups do not wait before their first assignment. */
export class StreamsHarness extends Harness {
  constructor(
    configs: Record<string, number | string> = {},
    options: { profile?: 'test' | 'faithful'; startMs?: number } = {},
  ) {
    super({
      startMs: 1_000_000,
      ...options,
      configs: {
        'group.streams.initial.rebalance.delay.ms': 0,
        'group.streams.assignment.interval.ms': 0,
        ...configs,
      },
    })
    this.addTopic('in', SOURCE_ID, 2)
  }

  streamsMember(memberId: string): StreamsMember {
    return new StreamsMember(this, memberId)
  }

  describeStreams(groupId = APP) {
    return immediate(
      this.coordinator.streams.describe({
        groupIds: [groupId],
        includeAuthorizedOperations: false,
        includeTopologyDescription: false,
      }),
    )[0]!
  }

  /** The state, the epoch of the group, and that of its assignment. */
  get state() {
    const { groupState, groupEpoch, assignmentEpoch } = this.describeStreams()
    return [groupState, groupEpoch, assignmentEpoch]
  }

  /** The kinds of the group's records, in the order of the log. A deletion begins with a minus. */
  recordKinds(): string[] {
    return this.log.records(this.coordinator.partitionFor(APP)).map(({ key, value }) => {
      const { kind } = groupRecords.decode(key!, value)!
      return value === null ? `-${kind}` : kind
    })
  }

  /** All tasks of the members, sorted: `subtopology_partition`. */
  activeTasks(): string[] {
    return this.describeStreams()
      .members.flatMap(({ assignment }) => taskNames(assignment.activeTasks))
      .sort()
  }

  /** Lets the members send heartbeats until none of them moves any more. */
  settle(members: readonly StreamsMember[]): void {
    for (let round = 0; round < 10; round++) for (const member of members) member.acknowledge()
  }
}

interface Task {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function copyOf(tasks: readonly Task[]): TaskIds {
  return tasks.map(({ subtopologyId, partitions }) => ({
    subtopologyId,
    partitions: [...partitions],
  }))
}

function taskNames(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ subtopologyId, partitions }) =>
    partitions.map((partition) => `${subtopologyId}_${partition}`),
  )
}
