import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tools } from '../setup/tools.ts'
import type { ClientDescription, ConnectedClient, ConsumedRecord, GroupMember } from './client.ts'
import { RefusedError, allCodecs, lacksTransactions } from './client.ts'
import { consoleFormat, consoleRecord, nullMarker } from './console-consumer.ts'
import { jvmOptions } from './java-tools.ts'
import { MemberLog } from './member-log.ts'
import { sessionTimeoutMs, waitMs } from './patience.ts'
import type { Outcome } from './processes.ts'
import { RunningProcess, runToEnd } from './processes.ts'

const tools = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'kafka.admin.ConfigCommand',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  deleteRecords: 'org.apache.kafka.tools.DeleteRecordsCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  producer: 'org.apache.kafka.tools.ConsoleProducer',
  consumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
}

/**
 * The command line tools of Apache Kafka, which use its Java producer, consumer and admin client.
 */
export function javaClient(tool: Tools['java']): ClientDescription {
  return {
    name: 'Java tools 4.3.1',
    missing: tool.missing,
    codecs: allCodecs,
    lacks: lacksTransactions('the console producer has no transactions'),
    connect: async ({ bootstrapServers }) => {
      if (tool.missing !== undefined) throw new Error(tool.missing)
      return new JavaClient(tool.executable, tool.classpath, bootstrapServers)
    },
  }
}

class JavaClient implements ConnectedClient {
  readonly #executable: string
  readonly #jvm: readonly string[]
  readonly #bootstrapServers: string
  readonly #members = new Set<RunningProcess>()
  #lastMember = 0

  constructor(executable: string, classpath: string, bootstrapServers: string) {
    this.#executable = executable
    this.#jvm = jvmOptions(classpath)
    this.#bootstrapServers = bootstrapServers
  }

  async produce({
    topic,
    records,
    codec = 'none',
    idempotent = false,
  }: Parameters<ConnectedClient['produce']>[0]): Promise<void> {
    const input = records.map(({ key, value, headers = {} }) => {
      const pairs = Object.entries(headers).map(([name, header]) => `${name}:${header}`)
      const fields = [pairs.join() || nullMarker, key ?? nullMarker, value ?? nullMarker]
      return `${fields.join('\t')}\n`
    })
    await this.#run(
      tools.producer,
      [
        '--topic',
        topic,
        '--compression-codec',
        codec,
        // The default linger is one second.
        '--timeout',
        '20',
        ...properties('--command-property', [`enable.idempotence=${idempotent}`, 'acks=all']),
        ...properties('--reader-property', [
          'parse.key=true',
          'parse.headers=true',
          `null.marker=${nullMarker}`,
        ]),
      ],
      input.join(''),
    )
  }

  async consume({
    topic,
    count,
    isolation = 'read_committed',
  }: Parameters<ConnectedClient['consume']>[0]): Promise<ConsumedRecord[]> {
    const fromBeginning = ['--from-beginning', '--max-messages', String(count)]
    return this.#consume(topic, [...fromBeginning, '--isolation-level', isolation])
  }

  async consumeInGroup(args: {
    group: string
    topic: string
    count: number
  }): Promise<ConsumedRecord[]> {
    const { group, topic, count } = args
    return this.#consume(topic, [
      '--group',
      group,
      '--from-beginning',
      '--max-messages',
      String(count),
      ...properties('--command-property', ['heartbeat.interval.ms=200']),
    ])
  }

  async joinGroup(group: string, topic: string): Promise<GroupMember> {
    const log = new MemberLog()
    const clientId = `member-${++this.#lastMember}`
    const member = new RunningProcess(
      this.#executable,
      [
        ...this.#jvm,
        tools.consumer,
        '--bootstrap-server',
        this.#bootstrapServers,
        '--topic',
        topic,
        '--group',
        group,
        '--from-beginning',
        ...consoleFormat,
        ...properties('--command-property', [
          `client.id=${clientId}`,
          `session.timeout.ms=${sessionTimeoutMs}`,
          'heartbeat.interval.ms=200',
        ]),
      ],
      {
        onOutput: (line) => log.received(recordOf(line)),
        onError: () => {},
        onEnd: () => log.failed(new Error('the console consumer ended')),
      },
    )
    this.#members.add(member)
    return {
      waitForPartitions: (count) => this.#waitForPartitions(group, clientId, count),
      waitForValues: (values) => log.waitForValues(values),
      assignments: () => log.assignments(),
      values: () => log.values(),
      leave: async () => {
        this.#members.delete(member)
        await member.stop()
      },
    }
  }

  async createTopic({
    topic,
    partitions,
    config = {},
  }: Parameters<ConnectedClient['createTopic']>[0]): Promise<void> {
    await this.#run(tools.topics, [
      '--create',
      '--topic',
      topic,
      '--partitions',
      String(partitions),
      ...properties(
        '--config',
        Object.entries(config).map(([name, value]) => `${name}=${value}`),
      ),
    ])
  }

  async deleteTopic({ topic }: { topic: string }): Promise<void> {
    await this.#run(tools.topics, ['--delete', '--topic', topic])
  }

  async listTopics(): Promise<string[]> {
    return lines(await this.#run(tools.topics, ['--list']))
  }

  async countPartitions({ topic }: { topic: string }): Promise<number> {
    const described = await this.#run(tools.topics, ['--describe', '--topic', topic])
    return Number(/PartitionCount: (\d+)/.exec(described)![1])
  }

  async createPartitions({ topic, count }: { topic: string; count: number }): Promise<void> {
    await this.#run(tools.topics, ['--alter', '--topic', topic, '--partitions', String(count)])
  }

  async describeConfig({ topic }: { topic: string }): Promise<Record<string, string>> {
    const described = await this.#run(tools.configs, [
      '--describe',
      '--all',
      '--entity-type',
      'topics',
      '--entity-name',
      topic,
    ])
    return Object.fromEntries(
      [...described.matchAll(/^ {2}([\w.]+)=(.*?) sensitive=/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    )
  }

  async alterConfig(args: { topic: string; name: string; value: string }): Promise<void> {
    const { topic, name, value } = args
    await this.#run(tools.configs, [
      '--alter',
      '--entity-type',
      'topics',
      '--entity-name',
      topic,
      '--add-config',
      `${name}=${value}`,
    ])
  }

  async listOffset({ topic, at }: Parameters<ConnectedClient['listOffset']>[0]): Promise<number> {
    const said = await this.#run(tools.offsets, ['--topic-partitions', `${topic}:0`, '--time', at])
    return Number(/:0:(\d+)/.exec(said)![1])
  }

  async deleteRecords({ topic, before }: { topic: string; before: number }): Promise<void> {
    const file = join(tmpdir(), `odradek-delete-records-${topic}.json`)
    const partitions = [{ topic, partition: 0, offset: before }]
    await writeFile(file, JSON.stringify({ version: 1, partitions }))
    try {
      await this.#run(tools.deleteRecords, ['--offset-json-file', file])
    } finally {
      await rm(file)
    }
  }

  async listGroups(): Promise<string[]> {
    return lines(await this.#run(tools.groups, ['--list']))
  }

  async describeGroup({ group }: { group: string }): Promise<{ state: string; members: number }> {
    const described = await this.#run(tools.groups, ['--describe', '--state', '--group', group])
    const [, state, members] = /(\w+) +(\d+)\s*$/.exec(described)!
    return { state: state!.toLowerCase(), members: Number(members) }
  }

  async committedOffsets(args: { group: string; topic: string }): Promise<Record<string, number>> {
    const described = await this.#run(tools.groups, ['--describe', '--group', args.group])
    const rows = lines(described).map((line) => line.split(/\s+/))
    return Object.fromEntries(
      rows
        .filter(([, topic]) => topic === args.topic)
        .map(([, , partition, offset]) => [partition, Number(offset)]),
    )
  }

  async deleteGroup({ group }: { group: string }): Promise<void> {
    await this.#run(tools.groups, ['--delete', '--group', group])
  }

  async describeCluster(): Promise<{ brokers: number[]; controller: null }> {
    const said = await this.#java(tools.cluster, [
      'list-endpoints',
      '--bootstrap-server',
      this.#bootstrapServers,
    ])
    const brokers = lines(said.stdout)
      .slice(1)
      .map((line) => Number(line.split(/\s+/)[0]))
    return { brokers, controller: null }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.stop()))
  }

  async #consume(topic: string, args: readonly string[]): Promise<ConsumedRecord[]> {
    const stdout = await this.#run(tools.consumer, [
      '--topic',
      topic,
      '--timeout-ms',
      String(waitMs),
      ...consoleFormat,
      ...args,
    ])
    return lines(stdout).map(recordOf)
  }

  /**
   * The console consumer does not print its assignment, so the group is described until it matches.
   */
  async #waitForPartitions(group: string, clientId: string, count: number): Promise<number[]> {
    const deadline = AbortSignal.timeout(waitMs)
    let held: number[] = []
    while (!deadline.aborted) {
      const described = await this.#java(tools.groups, [
        '--bootstrap-server',
        this.#bootstrapServers,
        '--describe',
        '--members',
        '--verbose',
        '--group',
        group,
      ])
      const row = lines(described.stdout).find((line) => line.split(/\s+/)[3] === clientId)
      const assignment = /:([\d,]+)/.exec(row?.split(/\s+/)[6] ?? '')
      held = assignment === null ? [] : assignment[1]!.split(',').map(Number)
      if (held.length === count) return held
    }
    throw new Error(`${clientId} holds partitions ${held.join()} while waiting for ${count}`)
  }

  #java(tool: string, args: readonly string[], input = ''): Promise<Outcome> {
    return runToEnd(this.#executable, [...this.#jvm, tool, ...args], { input })
  }

  async #run(tool: string, args: readonly string[], input = ''): Promise<string> {
    const connected = ['--bootstrap-server', this.#bootstrapServers, ...args]
    const { stdout, stderr, exitCode } = await this.#java(tool, connected, input)
    // Some tools exit with 0 after a refusal, so their output is checked.
    const said = `${stdout}\n${stderr}`
    const refusal = refusals.find(([pattern]) => pattern.test(said))
    if (refusal !== undefined) throw new RefusedError(refusal[1], said)
    if (exitCode !== 0 || /ERROR|Exception/.test(stderr)) throw new Error(`${tool}: ${said}`)
    return stdout
  }
}

/** The output of the tools for a refusal, and its error code. */
const refusals: readonly (readonly [RegExp, number])[] = [
  [/TopicExistsException|Topic '.*' already exists/, 36],
  [/UnknownTopicOrPartitionException|Topic '.*' does not exist/, 3],
  [/GroupNotEmptyException/, 68],
  [/OffsetOutOfRangeException/, 1],
  [/InvalidPartitionsException/, 37],
  [/InvalidConfigurationException/, 40],
]

function properties(option: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [option, value])
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function recordOf(line: string): ConsumedRecord {
  const record = consoleRecord(line)
  const headers = record.headers.map(([name, value]) => [name, value ?? nullMarker] as const)
  return { ...record, headers: Object.fromEntries(headers) }
}
