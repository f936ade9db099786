import { randomUuid } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { StreamsGroupHeartbeat } from '../../../../src/protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { TaskHolder, TasksByRole } from '../model/tasks-model.ts'
import { REBALANCE_TIMEOUT_MS } from '../settings.ts'
import { orLost, type Client } from './client.ts'
import { HeartbeatMember, type Refusal } from './heartbeat-member.ts'
import {
  internalTopics,
  MAX_TOPOLOGY_EPOCH,
  partitionOf,
  STREAMED_TOPIC,
  topologyOf,
} from './streams-topology.ts'

/** The codes of the status in a response. */
const STALE_TOPOLOGY = 0
const SHUTDOWN_APPLICATION = 4

const noTasks: TasksByRole = { active: [], standby: [], warmup: [] }

type Request = RequestInput<typeof StreamsGroupHeartbeat>
type Response = ResponseOf<typeof StreamsGroupHeartbeat>
type TaskIds = NonNullable<Response['activeTasks']>

/** The group of a member, and the instance of the application that it is a part of. */
export interface StreamsOptions {
  readonly group: string
  readonly instanceId: string | null
  readonly processId: string
  readonly hasEndpoint: boolean
  readonly topologyEpoch: number
}

/** A member of a streams group (KIP-1071). */
export class StreamsMember extends HeartbeatMember implements TaskHolder {
  readonly topics: readonly string[] = [STREAMED_TOPIC]
  readonly #options: StreamsOptions
  readonly #version: number
  #processId: string
  /** Whether the coordinator may not know the process. */
  #hasMoved = false
  #asksForShutdown = false
  #tasks: TasksByRole | undefined
  /** The tasks that the coordinator knows this member to have. */
  #reported: string | undefined
  #endpointEpoch = -1
  /** When the last heartbeat was sent. */
  #sentAtMs = -Infinity
  /**
   * The first heartbeat without a response since the last response with tasks. As in Kafka, the
   * coordinator does not send tasks again that were in a lost response.
   */
  #mayMissTasksSinceMs = Infinity
  /** When the heartbeat was sent whose response had the tasks. */
  #adoptedAtMs = Infinity
  #hasStaleTopology = false

  constructor(client: Client, options: StreamsOptions) {
    super(client, options.group, options.instanceId)
    this.#options = options
    this.#processId = options.processId
    this.#version = client.version(0, 1)
    this.memberId = randomUuid(client.dice)
  }

  get processId(): string {
    return this.#processId
  }

  /** The topology epoch of the group, as far as the member knows. */
  get groupTopologyEpoch(): number {
    return this.#options.topologyEpoch + (this.#hasStaleTopology ? 1 : 0)
  }

  get owned(): readonly string[] | undefined {
    return this.#tasks?.active
  }

  get standby(): readonly string[] {
    return this.#tasks?.standby ?? []
  }

  protected get consumed(): readonly string[] {
    return this.owned!.map((task) => partitionOf(this.group, task))
  }

  override heldUntilMs(): number {
    if (this.#mayHaveForgottenTasks) return -Infinity
    return Math.min(super.heldUntilMs(), this.#mayMissTasksSinceMs + REBALANCE_TIMEOUT_MS)
  }

  /**
   * Whether a power failure may have lost the record of the tasks that this member has. As in
   * Kafka, the coordinator sends tasks only when they change, so it does not revoke these.
   */
  get #mayHaveForgottenTasks(): boolean {
    return this.#adoptedAtMs <= this.client.world.lostAtMs
  }

  /** Moves to another process, which the next heartbeat tells to the coordinator. */
  move(processId: string): void {
    this.#processId = processId
    this.#hasMoved = true
  }

  /** Asks for the end of all members, with the next heartbeats. */
  shutDown(): void {
    this.#asksForShutdown = true
  }

  protected async beat(): Promise<number | undefined> {
    // A member that misses tasks stays without them, until it is restarted.
    const mayMissTasks = this.#mayMissTasksSinceMs < Infinity
    if (this.client.world.isSettling && (mayMissTasks || this.#mayHaveForgottenTasks)) this.rejoin()
    const port = await this.client.coordinatorPort(this.group)
    const request = this.#request()
    const reported = JSON.stringify(this.#tasks)
    const processId = this.#processId
    this.#sentAtMs = this.client.nowMs
    const sentAtMs = this.#sentAtMs
    const response = await orLost(
      this.client.call(port, StreamsGroupHeartbeat, this.#version, request),
    )
    if (response === undefined) return this.onLost()
    if (response.errorCode !== ErrorCode.None) {
      this.#reported = undefined
      return this.onError(response, sentAtMs)
    }
    this.lastContactMs = sentAtMs
    this.#reported = reported
    if (processId === this.#processId) this.#hasMoved = false
    this.epoch = response.memberEpoch
    this.#endpointEpoch = response.endpointInformationEpoch
    const codes = response.status?.map(({ statusCode }) => statusCode) ?? []
    this.#hasStaleTopology = codes.includes(STALE_TOPOLOGY)
    if (codes.includes(SHUTDOWN_APPLICATION)) this.end('leaves')
    const hasChanged = this.#adopt(response)
    // As Java's client, it acknowledges other tasks at once.
    return hasChanged ? 0 : response.heartbeatIntervalMs
  }

  #request(): Request {
    const { group, instanceId, memberId, epoch } = this
    const { client } = this
    const isJoining = epoch === 0
    const tasks = isJoining ? noTasks : this.#tasks!
    const saysTasks = isJoining || JSON.stringify(tasks) !== this.#reported
    const saysProcess = isJoining || this.#hasMoved
    const { topologyEpoch, hasEndpoint } = this.#options
    if (isJoining) {
      for (const name of internalTopics(group, topologyEpoch)) {
        client.world.model.topics.beginCreation(name)
      }
    }
    return {
      groupId: group,
      memberId,
      memberEpoch: epoch,
      endpointInformationEpoch: this.#endpointEpoch,
      instanceId,
      shutdownApplication: this.#asksForShutdown,
      ...(isJoining && {
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        topology: topologyOf(group, topologyEpoch, client.world.settings.topicConfigs),
        clientTags: [],
        taskOffsets: [],
        taskEndOffsets: [],
      }),
      ...(saysProcess && {
        processId: this.#processId,
        userEndpoint: hasEndpoint ? { host: this.#processId, port: 8080 } : null,
      }),
      ...(saysTasks && {
        activeTasks: bySubtopology(tasks.active),
        standbyTasks: bySubtopology(tasks.standby),
        warmupTasks: bySubtopology(tasks.warmup),
      }),
    }
  }

  /** Takes the tasks of a response. Returns whether it has others. */
  #adopt({ activeTasks, standbyTasks, warmupTasks }: Response): boolean {
    const { world, nowMs } = this.client
    if (activeTasks === null || standbyTasks === null || warmupTasks === null) {
      if (this.#tasks === undefined) world.disagree(`${this.name} joins and gets no tasks`)
      return false
    }
    this.#mayMissTasksSinceMs = Infinity
    this.#adoptedAtMs = this.#sentAtMs
    const tasks = {
      active: namesOf(activeTasks),
      standby: namesOf(standbyTasks),
      warmup: namesOf(warmupTasks),
    }
    if (this.hasEnded) return false
    world.model.tasks.hold(this.group, this, tasks, nowMs)
    const hasChanged = JSON.stringify(tasks) !== JSON.stringify(this.#tasks)
    this.#tasks = tasks
    this.client.note(() => `has ${JSON.stringify(tasks)} in epoch ${this.epoch}`)
    return hasChanged
  }

  protected giveUpAll(): void {
    this.client.world.model.tasks.release(this.group, this)
  }

  protected async sendLeave(memberEpoch: number): Promise<Refusal> {
    const { group: groupId, memberId, instanceId, client } = this
    const request = {
      groupId,
      memberId,
      memberEpoch,
      instanceId,
      endpointInformationEpoch: this.#endpointEpoch,
      shutdownApplication: this.#asksForShutdown,
    }
    const port = () => client.coordinatorPort(this.group)
    const { response } = await client.ask(port, StreamsGroupHeartbeat, this.#version, request)
    return response
  }

  protected onResponseLost(): void {
    this.#reported = undefined
    this.#mayMissTasksSinceMs = Math.min(this.#mayMissTasksSinceMs, this.#sentAtMs)
  }

  protected onFenced(): void {
    this.#tasks = undefined
    this.#mayMissTasksSinceMs = Infinity
    this.#adoptedAtMs = Infinity
  }

  protected onOwnError({ errorCode }: Refusal, sentAtMs: number): boolean {
    const { world } = this.client
    switch (errorCode) {
      case ErrorCode.InvalidRequest:
        // It has another topology than the group, or a task that does not exist any more.
        if (this.#options.topologyEpoch === 0 && !this.#haveTopicsChanged()) return false
        break
      case ErrorCode.UnknownServerError:
        // As in Kafka, endpoints are an unknown error while the topics do not fit the topology.
        if (
          world.model.topics.mustHave(STREAMED_TOPIC, sentAtMs) &&
          world.seesTopics(sentAtMs) &&
          !this.#haveTopicsChanged()
        )
          return false
        break
      default:
        return false
    }
    this.end('vanishes')
    return true
  }

  /** Whether the topics of the application may not be as when they were created. */
  #haveTopicsChanged(): boolean {
    const { model, lostAtMs } = this.client.world
    const names = [STREAMED_TOPIC, ...internalTopics(this.group, MAX_TOPOLOGY_EPOCH)]
    return (
      lostAtMs > -Infinity ||
      names.some((name) => model.topics.wasDeleted(name) || model.topics.hasGrown(name))
    )
  }
}

function namesOf(tasks: TaskIds): string[] {
  return tasks
    .flatMap(({ subtopologyId, partitions }) =>
      partitions.map((partition) => `${subtopologyId}-${partition}`),
    )
    .sort()
}

function bySubtopology(
  tasks: readonly string[],
): { subtopologyId: string; partitions: number[] }[] {
  const partitions = new Map<string, number[]>()
  for (const task of tasks) {
    const [id, partition] = task.split('-') as [string, string]
    partitions.set(id, [...(partitions.get(id) ?? []), Number(partition)])
  }
  return [...partitions].map(([subtopologyId, each]) => ({ subtopologyId, partitions: each }))
}
