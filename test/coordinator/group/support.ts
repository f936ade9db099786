import { BrokerConfig } from '../../../src/controller/broker-config.ts'
import { EffectiveGroupConfig } from '../../../src/controller/effective-group-config.ts'
import { LiveMetadataImage } from '../../../src/controller/live-metadata-image.ts'
import type { MetadataDelta, TopicImage } from '../../../src/controller/metadata-image.ts'
import { ConfigResourceType } from '../../../src/protocol/config-resource.ts'
import type { GroupConfig } from '../../../src/coordinator/group/group-config.ts'
import { readGroupConfig } from '../../../src/coordinator/group/group-config.ts'
import { GroupCoordinator } from '../../../src/coordinator/group/group-coordinator.ts'
import { noGroupHooks } from '../../../src/coordinator/group/group-hooks.ts'
import type { GroupHooks } from '../../../src/coordinator/group/group-hooks.ts'
import type { GroupConnection } from '../../../src/coordinator/group/group-request-context.ts'
import type { LatestOffset } from '../../../src/coordinator/group/share/latest-offsets.ts'
import type { Outcome } from '../../../src/coordinator/runtime/outcome.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  OffsetFetch,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../../src/protocol/schema/index.ts'
import { MemoryInternalTopic, immediate } from '../memory-internal-topic.ts'
import { TestPersister } from './share/test-persister.ts'

export const GROUP = 'orders'
export const TOPIC_ID = '7SSUgk9hR7iJXTBM2FJXVg'
export const SESSION_MS = 10_000
export const REBALANCE_MS = 60_000

/** A client's connection, which the test closes. */
export class FakeConnection implements GroupConnection {
  readonly clientHost = '127.0.0.1'
  isClosed = false
  isEndedByClient = false
  readonly #callbacks = new Set<() => void>()

  onClose(callback: () => void): () => void {
    if (this.isClosed) callback()
    else this.#callbacks.add(callback)
    return () => this.#callbacks.delete(callback)
  }

  /** The client closes the connection, or its process ends. */
  end(): void {
    this.isEndedByClient = true
    this.close()
  }

  /** The connection breaks. */
  close(): void {
    this.isClosed = true
    for (const callback of this.#callbacks) callback()
  }
}

export type JoinOverrides = Partial<RequestOf<typeof JoinGroup>> & { apiVersion?: number }

/** One client with its connection, that says what the test leaves out. */
export class Member {
  readonly connection = new FakeConnection()
  readonly harness: Harness
  readonly clientId: string
  memberId = ''
  generationId = -1

  constructor(harness: Harness, clientId: string) {
    this.harness = harness
    this.clientId = clientId
  }

  context(apiVersion: number) {
    return { apiVersion, clientId: this.clientId, connection: this.connection }
  }

  join({ apiVersion = 9, ...overrides }: JoinOverrides = {}) {
    const request = {
      groupId: GROUP,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [protocol('range', 't')],
      reason: null,
      ...overrides,
    }
    const response = this.harness.coordinator.classic.joinGroup(request, this.context(apiVersion))
    const remember = (r: Awaited<typeof response>) => {
      if (r.memberId !== '') this.memberId = r.memberId
      if (r.errorCode === ErrorCode.None) this.generationId = r.generationId!
      return r
    }
    return Promise.resolve(response).then(remember)
  }

  /** Joins as a client of KIP-394 does: the first answer only brings the member id. */
  async joinTwice(overrides: JoinOverrides = {}) {
    const first = await this.join(overrides)
    return first.errorCode === ErrorCode.MemberIdRequired ? this.join(overrides) : first
  }

  sync(
    assignments: Record<string, string> = {},
    overrides: Partial<RequestOf<typeof SyncGroup>> & { apiVersion?: number } = {},
  ) {
    const { apiVersion = 5, ...rest } = overrides
    const request = {
      groupId: GROUP,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: Object.entries(assignments).map(([memberId, text]) => ({
        memberId,
        assignment: Buffer.from(text),
      })),
      ...rest,
    }
    return Promise.resolve(
      this.harness.coordinator.classic.syncGroup(request, this.context(apiVersion)),
    )
  }

  heartbeat(overrides: Partial<RequestOf<typeof Heartbeat>> = {}): number {
    const request = {
      groupId: GROUP,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: null,
      ...overrides,
    }
    return this.harness.coordinator.classic.heartbeat(request, this.context(4)).errorCode
  }

  leave(members?: Partial<RequestOf<typeof LeaveGroup>['members'][number]>[], apiVersion = 5) {
    const request = {
      groupId: GROUP,
      memberId: this.memberId,
      members: (members ?? [{ memberId: this.memberId }]).map((member) => ({
        memberId: '',
        groupInstanceId: null,
        reason: null,
        ...member,
      })),
    }
    return immediate(this.harness.coordinator.classic.leaveGroup(request, this.context(apiVersion)))
  }

  /** Commits for partition 0 of topic `t` and says the partition's error. */
  commit(
    committedOffset: number,
    overrides: Partial<RequestOf<typeof OffsetCommit>> & {
      apiVersion?: number
      metadata?: string
    } = {},
  ): number {
    const { apiVersion = 9, metadata = '', ...rest } = overrides
    const request = {
      groupId: GROUP,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [commitTopic('t', { 0: committedOffset }, metadata)],
      ...rest,
    }
    const response = immediate(
      this.harness.coordinator.offsets.offsetCommit(request, this.context(apiVersion)),
    )
    return response.topics[0]!.partitions[0]!.errorCode
  }
}

export class Harness {
  readonly clock: ManualClock
  readonly log: MemoryInternalTopic
  readonly image = new LiveMetadataImage('cluster')
  readonly config: GroupConfig
  /** Keeps the share state of partitions. */
  readonly persister: TestPersister
  /** The high watermark of every partition, or the error of its leader. */
  latestOffset: LatestOffset = 0
  coordinator: GroupCoordinator
  readonly unreadablePartitions: number[] = []
  /** Observes the groups; a test may replace it. */
  hooks: GroupHooks = noGroupHooks
  /** The outcome of verifying any transaction. */
  verification: Outcome<undefined> = undefined
  readonly #profile: 'test' | 'faithful'
  readonly #properties: Readonly<Record<string, string>>
  readonly #memberOfNobody: Member
  #starts = 0

  constructor(
    options: {
      profile?: 'test' | 'faithful'
      configs?: Record<string, number | string>
      startMs?: number
    } = {},
  ) {
    this.#profile = options.profile ?? 'faithful'
    const configs = {
      ...(this.#profile === 'test' ? { 'group.initial.rebalance.delay.ms': 0 } : {}),
      ...options.configs,
    }
    this.#properties = Object.fromEntries(
      Object.entries(configs).map(([name, value]) => [name, String(value)]),
    )
    this.config = readGroupConfig(new BrokerConfig(this.#properties))
    this.clock = new ManualClock(options.startMs)
    this.log = new MemoryInternalTopic()
    this.addTopic('t', TOPIC_ID, 2)
    this.persister = new TestPersister(this.clock, this.image)
    this.coordinator = this.#start()
    this.#memberOfNobody = new Member(this, 'admin')
  }

  #start(): GroupCoordinator {
    const { image } = this
    const brokerConfig = new BrokerConfig(this.#properties)
    const coordinator = new GroupCoordinator({
      verifyTransaction: () => this.verification,
      clock: this.clock,
      random: new SeededRandom(++this.#starts),
      turn: systemTurn,
      config: this.config,
      partitionCount: () => this.log.partitionCount,
      topics: image,
      sharePersister: this.persister,
      latestOffsets: (partitions) => partitions.map(() => this.latestOffset),
      image,
      brokerConfig,
      groupConfig: (groupId) =>
        new EffectiveGroupConfig(image.configs(ConfigResourceType.Group, groupId), brokerConfig),
      expireMembersOfClosedConnections: this.#profile === 'test',
      hooks: this.hooks,
      onLoadFailure: (partition) => this.unreadablePartitions.push(partition),
    })
    for (let partition = 0; partition < this.log.partitionCount; partition++) {
      coordinator.onElected(this.log.partition(partition))
    }
    return coordinator
  }

  /** The broker goes, and another one reads what it wrote. */
  restart(): void {
    this.coordinator.close()
    this.coordinator = this.#start()
  }

  /** Returns the state of another broker that reads the same log. */
  reread(): Harness {
    const other = new Harness({ profile: this.#profile })
    for (const [partition, batches] of this.log.batches) other.log.batches.set(partition, batches)
    other.restart()
    return other
  }

  addTopic(name: string, id: string, partitionCount: number): void {
    this.image.setTopic(topicImage(name, id, partitionCount))
  }

  /** Creates a topic, or changes its partitions, and notifies the coordinator. */
  createTopic(name: string, id: string, partitionCount: number): void {
    const topic = topicImage(name, id, partitionCount)
    this.#change({ changedTopics: new Map([[name, topic]]) })
  }

  /** Deletes a topic, and notifies the coordinator. */
  deleteTopic(name: string): void {
    this.#change({ deletedTopics: new Map([[name, this.topics.get(name)!]]) })
  }

  /** Sets the dynamic configs of a group. */
  setGroupConfigs(groupId: string, configs: Record<string, string>): void {
    const resource = { type: ConfigResourceType.Group, name: groupId }
    this.#change({ changedConfigs: [{ ...resource, configs: new Map(Object.entries(configs)) }] })
  }

  #change(changes: Partial<MetadataDelta>): void {
    const delta: MetadataDelta = {
      lastOffset: this.image.lastOffset + 1,
      changedTopics: new Map(),
      deletedTopics: new Map(),
      changedBrokers: new Map(),
      changedConfigs: [],
      features: undefined,
      nextProducerId: undefined,
      ...changes,
    }
    this.image.apply(delta)
    this.coordinator.onMetadataChanged(delta)
  }

  get topics(): LiveMetadataImage['topics'] {
    return this.image.topics
  }

  member(clientId = 'consumer'): Member {
    return new Member(this, clientId)
  }

  /** Moves the clock by the initial rebalance delay until all requests are answered. */
  async answered<T>(...answers: readonly Promise<T>[]): Promise<T[]> {
    const all = Promise.all(answers)
    const progress = { isSettled: false }
    void all.then(() => (progress.isSettled = true))
    await this.clock.advance(0)
    while (!progress.isSettled)
      await this.clock.advance(Math.max(this.config.initialRebalanceDelayMs, 1))
    return all
  }

  /** Members that have joined and synced as one stable generation; the first one leads it. */
  async stableGroup(count: number, overrides: (index: number) => JoinOverrides = () => ({})) {
    const members = Array.from({ length: count }, (_, index) => this.member(`c${index}`))
    await this.answered(
      ...members.map((m, index) => m.join({ apiVersion: 3, ...overrides(index) })),
    )
    await this.sync(members, (index) => overrides(index).groupInstanceId ?? null)
    return members
  }

  /** All fetch what the first one assigns. */
  sync(members: readonly Member[], groupInstanceId: (index: number) => string | null = () => null) {
    const assignments = Object.fromEntries(members.map((m) => [m.memberId, `for ${m.clientId}`]))
    return Promise.all(
      members.map((m, index) =>
        m.sync(index === 0 ? assignments : {}, { groupInstanceId: groupInstanceId(index) }),
      ),
    )
  }

  describe(groupId = GROUP, apiVersion = 6) {
    const request = { groups: [groupId], includeAuthorizedOperations: false }
    const context = this.#memberOfNobody.context(apiVersion)
    return immediate(this.coordinator.admin.describeGroups(request, context)).groups[0]!
  }

  fetch(
    groupId: string,
    topics: { name?: string; topicId?: string; partitionIndexes: number[] }[] | null,
    apiVersion = 9,
  ) {
    const request: RequestOf<typeof OffsetFetch> = {
      groupId: '',
      topics: null,
      groups: [
        {
          groupId,
          memberId: null,
          memberEpoch: -1,
          topics: topics?.map((topic) => ({ name: '', topicId: TOPIC_ID, ...topic })) ?? null,
        },
      ],
      requireStable: false,
    }
    return immediate(
      this.coordinator.offsets.offsetFetch(request, this.#memberOfNobody.context(apiVersion)),
    ).groups[0]!
  }

  /** Returns the committed offset of partition 0 of topic `t`; -1 for none. */
  committed(groupId = GROUP): number {
    return this.fetch(groupId, [{ name: 't', partitionIndexes: [0] }]).topics[0]!.partitions[0]!
      .committedOffset
  }
}

export function commitTopic(
  name: string,
  offsets: Record<number, number>,
  metadata = '',
  topicId = TOPIC_ID,
) {
  return {
    name,
    topicId,
    partitions: Object.entries(offsets).map(([partition, committedOffset]) => ({
      partitionIndex: Number(partition),
      committedOffset,
      committedLeaderEpoch: -1,
      commitTimestamp: -1,
      committedMetadata: metadata,
    })),
  }
}

/** A consumer's protocol: an assignor's name and a version 0 subscription. */
export function protocol(name: string, ...topics: string[]) {
  const parts = topics.flatMap((topic) => {
    const size = Buffer.alloc(2)
    size.writeInt16BE(topic.length)
    return [size, Buffer.from(topic)]
  })
  const head = Buffer.alloc(6)
  head.writeInt32BE(topics.length, 2)
  return { name, metadata: Buffer.concat([head, ...parts, Buffer.from([255, 255, 255, 255])]) }
}

/** Returns a topic whose partitions are led by broker 1. */
export function topicImage(name: string, id: string, partitionCount: number): TopicImage {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
    partition,
    replicas: [1],
    directories: [],
    isr: [1],
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
  }))
  return { name, id, partitions }
}
