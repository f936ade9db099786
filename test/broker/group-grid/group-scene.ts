import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreatePartitions,
  DeleteTopics,
  DescribeGroups,
  IncrementalAlterConfigs,
  ListGroups,
  OffsetCommit,
  OffsetFetch,
  ShareGroupDescribe,
  StreamsGroupDescribe,
} from '../../../src/protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../../src/protocol/schema/index.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import { ExchangeScene } from '../grid/exchange-scene.ts'
import type { Stage } from '../grid/stage.ts'
import { GroupTexts } from './texts.ts'

/** How often a scenario asks whether something has happened. */
const MAX_POLLS = 600
/** Long enough for a request to arrive that gets no answer yet, on a busy machine. */
const ARRIVAL_MS = 500
const TIMEOUT_MS = 30_000
const GROUP_RESOURCE = 32
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const UNKNOWN_TOPIC_ID = 'nonexistentnonexisteng'

/** A view of a group, which is written down when it has changed. */
export type View = 'classic' | 'consumer' | 'share' | 'streams' | 'offsets' | 'listed'

/** A request whose response comes later. */
export interface Parked<A extends Api> {
  /** Waits for the response, and writes it down. */
  answered(): Promise<ResponseOf<A>>
}

/** The requests of a scenario about groups. */
export class GroupScene extends ExchangeScene {
  readonly texts: GroupTexts
  readonly #watched: [View, string][] = []
  readonly #seen = new Map<string, string>()
  readonly #others = new Map<string, KafkaConnection>()

  constructor(stage: Stage, prefix: string) {
    super(stage)
    this.texts = new GroupTexts(prefix)
    this.texts.nameTopic(UNKNOWN_TOPIC_ID, 'nothing')
  }

  override async isReady(): Promise<void> {
    for (const keyType of [0, 1]) await this.coordinates(keyType, 'is-ready')
    await this.coordinates(2, `is-ready:${NO_TOPIC_ID}:0`)
    // Kafka's Heartbeat returns no error while the coordinator loads.
    await this.retry(async () => {
      const groups = [{ groupId: 'is-ready', topics: null }]
      const request = { groupId: '', topics: null, groups, requireStable: false }
      return (await this.send(OffsetFetch, 8, request))?.groups[0]
    })
  }

  /** Creates a topic and waits until the group coordinator knows it, too. */
  override async createTopic(
    name: string,
    options: { partitions?: number; configs?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    await super.createTopic(name, options)
    await this.coordinatorSees(name, options.partitions ?? 1)
  }

  /** Deletes a topic, and waits until the broker does not serve it any more. */
  async deleteTopic(name: string): Promise<void> {
    const named = { topics: [], topicNames: [name], timeoutMs: TIMEOUT_MS }
    this.lines.push(`topic ${name} is deleted`)
    await this.send(DeleteTopics, 5, named)
    await this.isDeleted(name)
    await this.stage.pass(ARRIVAL_MS)
  }

  /** Adds partitions to a topic, and waits until the group coordinator knows them, too. */
  async addPartitions(name: string, count: number): Promise<void> {
    this.lines.push(`topic ${name} gets ${count} partitions`)
    await this.send(CreatePartitions, 3, {
      topics: [{ name, count, assignments: null }],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    })
    await this.partitionsAreReady(name, count)
    await this.coordinatorSees(name, count)
  }

  /** Resolves when the group coordinator assigns this many partitions of a topic. */
  async coordinatorSees(topic: string, partitions: number): Promise<void> {
    const topicId = this.topicIds.get(topic)!
    // Names with underscores get no prefix, so that no view shows this group.
    const member = { groupId: `__sees-${topicId}`, memberId: 'a' }
    for (let attempts = 0; attempts < MAX_POLLS; attempts++) {
      const response = await this.send(ConsumerGroupHeartbeat, 1, {
        ...member,
        memberEpoch: 0,
        rebalanceTimeoutMs: 60_000,
        subscribedTopicNames: [topic],
        topicPartitions: [],
      })
      const assigned = response?.assignment?.topicPartitions[0]?.partitions.length
      if (response?.errorCode !== 0 || assigned === partitions) break
      await this.stage.pass(20)
    }
    await this.send(ConsumerGroupHeartbeat, 1, { ...member, memberEpoch: -1 })
  }

  /** From now on these views of a group are written down when they change. */
  watch(groupId: string, ...views: readonly View[]): void {
    this.#watched.push(...views.map((view): [View, string] => [view, groupId]))
  }

  override async observe(): Promise<void> {
    if (this.#watched.length > 0) await this.#isCommitted()
    for (const [view, groupId] of this.#watched) {
      const text = this.texts.of(await this.#describe(view, groupId))
      const key = `${groupId} as ${view}`
      if (this.#seen.get(key) === text) continue
      this.#seen.set(key, text)
      this.lines.push(`    ${key}: ${text}`)
    }
  }

  override close(): void {
    super.close()
    for (const connection of this.#others.values()) connection.close()
  }

  /** Sends a request on a connection of its own, which may be answered later. */
  async begin<A extends Api>(
    client: string,
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<Parked<A>> {
    const known = this.#others.get(client)
    const connection = known === undefined || known.isClosed ? await this.stage.connect() : known
    this.#others.set(client, connection)
    this.lines.push(`${client}: ${api.name} v${version} ${this.texts.of(request)}`)
    const answer = connection
      .call(api, version, this.texts.withPrefix(request))
      .catch(() => undefined)
    await this.stage.pass(ARRIVAL_MS)
    return {
      answered: async () => {
        const response = await answer
        this.lines.push(
          `  → ${client}: ${response === undefined ? 'the connection is closed' : this.texts.of(response)}`,
        )
        await this.observe()
        return response as ResponseOf<A>
      },
    }
  }

  /** Repeats a request until its response is the expected one, and writes down the last one. */
  async callUntil<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    isExpected: (response: ResponseOf<A>) => boolean,
  ): Promise<ResponseOf<A>> {
    for (let attempts = 0; ; attempts++) {
      const response = await this.send(api, version, request)
      if (response === undefined || isExpected(response) || attempts === MAX_POLLS) {
        const what = `${api.name} v${version}`
        this.note(what, request, response ?? 'the connection is closed')
        if (attempts === MAX_POLLS) throw new Error(`${what}: ${this.lines.at(-1)}`)
        await this.observe()
        return response as ResponseOf<A>
      }
      await this.stage.pass(20)
    }
  }

  /** Lets time pass, and writes it down. */
  async pass(ms: number): Promise<void> {
    this.lines.push(`${ms} ms pass`)
    await this.stage.pass(ms)
    await this.observe()
  }

  /** Stops or starts the broker, and waits until its coordinators are available. */
  async broker(action: 'kill' | 'stop' | 'start'): Promise<void> {
    this.lines.push(`${action} the broker`)
    await this.stage[action]()
    if (action !== 'start') return
    await this.isReady()
    for (const topic of this.topicIds.keys()) await this.partitionsAreReady(topic, 1)
    await this.observe()
  }

  /** Sets dynamic configs of a group. */
  async setGroupConfigs(groupId: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.call(IncrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: GROUP_RESOURCE,
          resourceName: groupId,
          configs: Object.entries(configs).map(([name, value]) => ({
            name,
            value,
            configOperation: 0,
          })),
        },
      ],
      validateOnly: false,
    })
  }

  /** Returns the id of a topic, or an id that no topic has. */
  topicId(name: string): string {
    return this.topicIds.get(name) ?? UNKNOWN_TOPIC_ID
  }

  /**
   * Resolves when the coordinator has committed all that it has written. Kafka answers some
   * requests, such as JoinGroup, before that, and describes groups as they were at its last commit.
   */
  async #isCommitted(): Promise<void> {
    await this.send(OffsetCommit, 9, {
      groupId: '__is-committed',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [
        {
          name: '__consumer_offsets',
          topicId: NO_TOPIC_ID,
          partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: null }],
        },
      ],
    })
  }

  async #describe(view: View, groupId: string): Promise<unknown> {
    const groupIds = { groupIds: [groupId], includeAuthorizedOperations: false }
    switch (view) {
      case 'classic':
        return (await this.send(DescribeGroups, 6, { ...groupIds, groups: [groupId] }))?.groups[0]
      case 'consumer':
        return (await this.send(ConsumerGroupDescribe, 1, groupIds))?.groups[0]
      case 'share':
        return (await this.send(ShareGroupDescribe, 1, groupIds))?.groups[0]
      case 'streams':
        return (await this.send(StreamsGroupDescribe, 1, groupIds))?.groups[0]
      case 'offsets': {
        const groups = [{ groupId, topics: null }]
        const request = { groupId: '', topics: null, groups, requireStable: false }
        return (await this.send(OffsetFetch, 9, request))?.groups[0]?.topics
      }
      case 'listed': {
        const listed = await this.send(ListGroups, 5, { statesFilter: [], typesFilter: [] })
        const name = this.texts.prefixed(groupId)
        return listed?.groups.find((group) => group.groupId === name) ?? 'nothing'
      }
    }
  }
}
