import { setInterval } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { expect, onTestFinished, vi } from 'vitest'
import { ListGroups } from '../../../src/protocol/messages/index.ts'
import type { Tools } from '../setup/tools.ts'
import type { Broker } from './broker.ts'
import { startBroker } from './broker.ts'
import type { DriverClient, LoggedMember } from './driver-client.ts'
import { confluentClient, kafkaClientsClient } from './drivers.ts'
import { Fixture } from './fixture.ts'
import { rangeAssigner } from './kafkajs-range.ts'
import { MemberLog } from './member-log.ts'
import { sessionTimeoutMs, waitMs } from './patience.ts'
import { RawClient } from './raw-client.ts'

const GROUP = 'shared'
const TOPIC = 'orders'
const PARTITIONS = 6
const allPartitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
/** The time between two records of a partition. */
const PACE_MS = 20

const config = {
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 1,
  'group.consumer.min.heartbeat.interval.ms': 100,
  // librdkafka closes its connection when a heartbeat is not answered within the interval. If that
  // happens while it gives up a partition, its commit is lost and records are repeated.
  'group.consumer.heartbeat.interval.ms': 1000,
}

/** The clients that have both protocols. */
export type Client = 'java' | 'librdkafka'

/** The client of a member, and the protocol that it uses. */
export type MemberKind = 'kafkajs' | `${Client} ${'classic' | 'consumer'}`

type ClientTools = Pick<Tools, 'python' | 'kafkaClients'>

/** The settings of each client for an assignor of classic members. */
const assignors: Readonly<Record<string, Readonly<Record<Client, string>>>> = {
  range: { java: 'org.apache.kafka.clients.consumer.RangeAssignor', librdkafka: 'range' },
  'cooperative-sticky': {
    java: 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    librdkafka: 'cooperative-sticky',
  },
}

interface SharedGroupOptions {
  /** The assignor of classic members. */
  readonly assignor?: string
  /** `group.consumer.migration.policy` */
  readonly policy?: string
}

/** A group with members of several clients, which reads a topic while records are produced. */
export class SharedGroup {
  readonly #tools: ClientTools
  readonly #broker: Broker
  readonly #fixture: Fixture
  readonly #observer: RawClient
  readonly #assignor: string
  readonly #drivers = new Map<Client, DriverClient>()
  readonly #logs: { readonly kind: MemberKind; readonly log: MemberLog }[] = []
  readonly #members = new Set<LoggedMember>()

  private constructor(
    tools: ClientTools,
    broker: Broker,
    fixture: Fixture,
    observer: RawClient,
    assignor: string,
  ) {
    this.#tools = tools
    this.#broker = broker
    this.#fixture = fixture
    this.#observer = observer
    this.#assignor = assignor
  }

  /** Starts a broker with the topic. It ends with the test, as the clients do. */
  static async start(
    tools: ClientTools,
    { assignor = 'range', policy = 'bidirectional' }: SharedGroupOptions,
  ): Promise<SharedGroup> {
    const broker = await startBroker({
      config: { ...config, 'group.consumer.migration.policy': policy },
    })
    onTestFinished(() => broker.stop())
    const fixture = new Fixture(broker.bootstrapServers)
    onTestFinished(() => fixture.close())
    await fixture.connect()
    await fixture.createTopic(TOPIC, PARTITIONS)
    const port = Number(broker.bootstrapServers.split(':')[1])
    const observer = await RawClient.connect({ port })
    onTestFinished(() => observer.close())
    return new SharedGroup(tools, broker, fixture, observer, assignor)
  }

  /** Adds a member. */
  async join(kind: MemberKind): Promise<LoggedMember> {
    const joined = await this.#join(kind)
    const leave = async () => {
      this.#members.delete(member)
      await joined.leave()
    }
    const member = { log: joined.log, leave }
    this.#logs.push({ kind, log: joined.log })
    this.#members.add(member)
    return member
  }

  async #join(kind: MemberKind): Promise<LoggedMember> {
    if (kind === 'kafkajs') return joinWithKafkajs(this.#broker)
    const [client, protocol] = kind.split(' ') as [Client, 'classic' | 'consumer']
    const assignor = assignors[this.#assignor]![client]
    const settings = {
      classic: { 'partition.assignment.strategy': assignor },
      consumer: { 'group.protocol': 'consumer' },
    }
    // Java's classic consumer continues to read after its last automatic commit before a
    // cooperative rebalance.
    const commits = client === 'java' ? { 'enable.auto.commit': 'false' } : {}
    const driver = await this.#driver(client)
    return driver.join(GROUP, TOPIC, { ...settings[protocol], ...commits })
  }

  async #driver(client: Client): Promise<DriverClient> {
    const started = this.#drivers.get(client)
    if (started !== undefined) return started
    const { kafkaClients, python } = this.#tools
    const program =
      client === 'java' ? kafkaClientsClient('4.4.0', kafkaClients) : confluentClient(python)
    const driver = await program.connect(this.#broker)
    onTestFinished(() => driver.close())
    this.#drivers.set(client, driver)
    return driver
  }

  /**
   * Waits until the group is stable, each member has partitions, and each partition has one member.
   * Returns the type of the group. Rejects when a member has failed.
   */
  async balanced(): Promise<string> {
    const members = [...this.#members].map(({ log }) => log)
    const failure = () => members.find((log) => log.failure !== undefined)?.failure
    const isBalanced = async () => {
      if (failure() !== undefined) return
      const owned = members.map(({ partitions }) => partitions)
      expect(owned).not.toContainEqual([])
      expect(owned.flat().toSorted()).toEqual(allPartitions)
      expect((await this.#listed()).groupState).toBe('Stable')
    }
    await vi.waitFor(isBalanced, { timeout: waitMs, interval: 20 })
    if (failure() !== undefined) throw failure()
    return this.type()
  }

  /** The type of the group, as the broker lists it. */
  async type(): Promise<string> {
    return (await this.#listed()).groupType.toLowerCase()
  }

  async #listed() {
    const filters = { statesFilter: [], typesFilter: [] }
    const { groups } = await this.#observer.connection.call(ListGroups, 5, filters)
    return groups.find(({ groupId }) => groupId === GROUP)!
  }

  /** Produces to all partitions while `during` runs. Returns the values. */
  async produceDuring(during: () => Promise<void>): Promise<string[]> {
    const values: string[] = []
    const end = new AbortController()
    const produce = async () => {
      let round = 0
      for await (const _ of setInterval(PACE_MS)) {
        if (end.signal.aborted) return
        values.push(...(await this.#fixture.produceToEach(TOPIC, PARTITIONS, `${round++}`)))
      }
    }
    await Promise.all([produce(), during().finally(() => end.abort())])
    return values
  }

  /** Waits until members have processed all values. Some may have left since. */
  async processed(values: readonly string[]): Promise<void> {
    const areProcessed = () => {
      const seen = new Set(this.#logs.flatMap(({ log }) => log.values()))
      expect(values.filter((value) => !seen.has(value))).toEqual([])
    }
    await vi.waitFor(areProcessed, { timeout: waitMs, interval: 50 })
  }

  /** Returns the records that were processed more than once, with the members that did. */
  repeated(): string[] {
    const kindsOf = new Map<string, MemberKind[]>()
    for (const { kind, log } of this.#logs) {
      for (const { partition, offset } of log.records) {
        const record = `record ${offset} of partition ${partition}`
        kindsOf.set(record, [...(kindsOf.get(record) ?? []), kind])
      }
    }
    return [...kindsOf].flatMap(([record, kinds]) =>
      kinds.length === 1 ? [] : [`${record} by ${kinds.join(' and ')}`],
    )
  }

  /** Lets all members leave. Returns the number of records after the committed offsets. */
  async leave(): Promise<number> {
    for (const member of this.#members) await member.leave()
    return this.#fixture.lag(GROUP, TOPIC)
  }

  /** The timeline of the group, for messages. */
  get history(): string {
    return JSON.stringify(this.#broker.cluster?.group(GROUP).timeline, null, 1)
  }

  /** The members that joined and left, and the changes of the type, if the broker is Odradek. */
  get causes(): string[] | undefined {
    const { timeline } = this.#broker.cluster?.group(GROUP) ?? {}
    return timeline?.flatMap(({ cause }) => cause.match(/\b(joined|left|migrated to .*)\b/g) ?? [])
  }
}

async function joinWithKafkajs({ bootstrapServers }: Broker): Promise<LoggedMember> {
  const kafka = new kafkajs.Kafka({
    clientId: 'kafkajs',
    brokers: [bootstrapServers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 60 },
  })
  const consumer = kafka.consumer({
    groupId: GROUP,
    partitionAssigners: [rangeAssigner],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 100,
  })
  const log = new MemberLog()
  consumer.on('consumer.group_join', ({ payload }) =>
    log.assigned(payload.memberAssignment[TOPIC] ?? []),
  )
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) log.failed(payload.error)
  })
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message: { offset, timestamp, key, value } }) =>
      log.received({
        partition,
        offset: Number(offset),
        timestamp: Number(timestamp),
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        headers: {},
      }),
  })
  return { log, leave: () => consumer.disconnect() }
}
