import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { StreamsGroupHeartbeat } from '../../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Script } from './script.ts'

type Heartbeat = RequestInput<typeof StreamsGroupHeartbeat>
type Response = ResponseOf<typeof StreamsGroupHeartbeat>
type Subtopology = NonNullable<Heartbeat['topology']>['subtopologies'][number]
type Tasks = NonNullable<Response['activeTasks']>

/** Returns a subtopology that reads topic `t`. */
export function subtopology(overrides: Partial<Subtopology> = {}): Subtopology {
  return {
    subtopologyId: '0',
    sourceTopics: ['t'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...overrides,
  }
}

/** One stream thread: it sends what a test does not say, and revokes the tasks that it must. */
export class StreamsClient {
  readonly script: Script
  readonly name: string
  readonly groupId: string
  readonly instanceId: string | null
  memberEpoch = 0
  #active: Tasks = []
  #standby: Tasks = []

  constructor(script: Script, name: string, groupId: string, instanceId: string | null = null) {
    this.script = script
    this.name = name
    this.groupId = groupId
    this.instanceId = instanceId
  }

  join(changes: Partial<Heartbeat> = {}, version = 1): Promise<Response> {
    this.#active = []
    this.#standby = []
    return this.send(
      {
        memberEpoch: 0,
        rebalanceTimeoutMs: 300_000,
        topology: { epoch: 0, subtopologies: [subtopology()] },
        activeTasks: [],
        standbyTasks: [],
        warmupTasks: [],
        processId: `process-${this.name}`,
        clientTags: [],
        ...changes,
      },
      version,
    )
  }

  heartbeat(changes: Partial<Heartbeat> = {}, version = 1): Promise<Response> {
    return this.send({ memberEpoch: this.memberEpoch, ...changes }, version)
  }

  /** Says which tasks the client has: those of the last response. */
  acknowledge(changes: Partial<Heartbeat> = {}): Promise<Response> {
    const [activeTasks, standbyTasks] = [this.#active, this.#standby]
    return this.heartbeat({ activeTasks, standbyTasks, warmupTasks: [], ...changes })
  }

  /** Sends heartbeats until the broker knows all topics, and then one more. */
  async awaitReady(): Promise<Response> {
    for (;;) {
      const { status } = await this.script.silently(this.name, StreamsGroupHeartbeat, 1, {
        groupId: this.groupId,
        memberId: this.name,
        memberEpoch: this.memberEpoch,
        endpointInformationEpoch: 0,
      })
      if (status?.length === 0) return this.heartbeat()
    }
  }

  leave(changes: Partial<Heartbeat> = {}): Promise<Response> {
    return this.send({ memberEpoch: -1, ...changes })
  }

  async send(changes: Partial<Heartbeat>, version = 1): Promise<Response> {
    const response = await this.script.ask(this.name, StreamsGroupHeartbeat, version, {
      groupId: this.groupId,
      memberId: this.name,
      memberEpoch: 0,
      endpointInformationEpoch: 0,
      instanceId: this.instanceId,
      ...changes,
    })
    if (response.errorCode === ErrorCode.None) {
      this.memberEpoch = response.memberEpoch
      this.#active = response.activeTasks ?? this.#active
      this.#standby = response.standbyTasks ?? this.#standby
    }
    return response
  }
}
