import type { Tools } from '../setup/tools.ts'
import type {
  ClientDescription,
  Codec,
  ConnectedClient,
  ConsumedRecord,
  GroupMember,
  ProducedRecord,
} from './client.ts'
import { allCodecs, lacksTransactions } from './client.ts'
import { MemberLog } from './member-log.ts'
import { sessionTimeoutMs } from './patience.ts'
import { RunningProcess, runToEnd } from './processes.ts'

const noAdmin = 'kcat has no such admin call'

/** kcat from Debian: librdkafka 2.0 with a command line. */
export function kcatClient(tool: Tools['kcat']): ClientDescription {
  return {
    name: 'kcat 1.7.1',
    missing: tool.missing,
    codecs: allCodecs,
    lacks: {
      ...lacksTransactions('kcat commits all of its input in one transaction, see kcat.test.ts'),
      createTopic: noAdmin,
      deleteTopic: noAdmin,
      createPartitions: noAdmin,
      describeConfig: noAdmin,
      alterConfig: noAdmin,
      deleteRecords: noAdmin,
      listGroups: noAdmin,
      describeGroup: noAdmin,
      committedOffsets: noAdmin,
      deleteGroup: noAdmin,
    },
    connect: async ({ bootstrapServers }) => {
      if (tool.missing !== undefined) throw new Error(tool.missing)
      return new KcatClient(tool.executable, bootstrapServers)
    },
  }
}

interface Metadata {
  readonly controllerid: number
  readonly brokers: readonly { id: number }[]
  readonly topics: readonly { topic: string; partitions: readonly unknown[] }[]
}

const groupSettings = [
  'auto.offset.reset=earliest',
  `session.timeout.ms=${sessionTimeoutMs}`,
  'heartbeat.interval.ms=200',
].flatMap((setting) => ['-X', setting])

class KcatClient implements ConnectedClient {
  readonly #executable: string
  readonly #bootstrapServers: string
  readonly #members = new Set<RunningProcess>()

  constructor(executable: string, bootstrapServers: string) {
    this.#executable = executable
    this.#bootstrapServers = bootstrapServers
  }

  async produce({
    topic,
    records,
    codec = 'none',
    idempotent = false,
  }: Parameters<ConnectedClient['produce']>[0]): Promise<void> {
    // Headers, and whether an empty line is null, are options of the whole call.
    for (const alike of groupAlike(records)) await this.#produce(topic, alike, codec, idempotent)
  }

  async consume({
    topic,
    count,
    isolation = 'read_committed',
  }: Parameters<ConnectedClient['consume']>[0]): Promise<ConsumedRecord[]> {
    const isolated = ['-X', `isolation.level=${isolation}`]
    const fromBeginning = ['-C', '-t', topic, '-o', 'beginning', '-c', `${count}`, '-J']
    const stdout = await this.#run([...fromBeginning, ...isolated])
    return lines(stdout).map(recordOf)
  }

  async consumeInGroup(args: {
    group: string
    topic: string
    count: number
  }): Promise<ConsumedRecord[]> {
    const { group, topic, count } = args
    const stdout = await this.#run(['-G', group, ...groupSettings, '-c', `${count}`, '-J', topic])
    return lines(stdout).map(recordOf)
  }

  async joinGroup(group: string, topic: string): Promise<GroupMember> {
    const log = new MemberLog()
    const member = new RunningProcess(
      this.#executable,
      ['-b', this.#bootstrapServers, '-E', '-u', '-J', '-G', group, ...groupSettings, topic],
      {
        onOutput: (line) => log.received(recordOf(line)),
        onError: (line) => {
          const [, change, partitions] =
            /rebalanced .*: (assigned|revoked): ?(.*)$/.exec(line) ?? []
          if (change === 'revoked') log.assigned([])
          if (change === 'assigned') {
            log.assigned([...partitions!.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1])))
          }
        },
        onEnd: () => log.failed(new Error('kcat ended')),
      },
    )
    this.#members.add(member)
    return {
      waitForPartitions: (count) => log.waitForPartitions(count),
      waitForValues: (values) => log.waitForValues(values),
      assignments: () => log.assignments(),
      values: () => log.values(),
      leave: async () => {
        this.#members.delete(member)
        await member.stop()
      },
    }
  }

  async listTopics(): Promise<string[]> {
    return (await this.#metadata()).topics.map(({ topic }) => topic)
  }

  async countPartitions({ topic }: { topic: string }): Promise<number> {
    return (await this.#metadata(topic)).topics[0]!.partitions.length
  }

  async listOffset({ topic, at }: Parameters<ConnectedClient['listOffset']>[0]): Promise<number> {
    const landmark = at === 'earliest' ? -2 : -1
    const stdout = await this.#run(['-Q', '-t', `${topic}:0:${landmark}`])
    return Number(/offset (-?\d+)/.exec(stdout)![1])
  }

  async describeCluster(): Promise<{ brokers: number[]; controller: number }> {
    const { brokers, controllerid } = await this.#metadata()
    return { brokers: brokers.map(({ id }) => id), controller: controllerid }
  }

  createTopic = lacking
  deleteTopic = lacking
  createPartitions = lacking
  describeConfig = lacking
  alterConfig = lacking
  deleteRecords = lacking
  listGroups = lacking
  describeGroup = lacking
  committedOffsets = lacking
  deleteGroup = lacking

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.stop()))
  }

  async #produce(
    topic: string,
    records: readonly ProducedRecord[],
    codec: Codec,
    idempotent: boolean,
  ): Promise<void> {
    const { key, value, headers = {} } = records[0]!
    const input = records
      .map((record) => `${record.key === null ? '' : `${record.key}\t`}${record.value ?? ''}\n`)
      .join('')
    await this.#run(
      [
        '-P',
        '-t',
        topic,
        '-z',
        codec,
        '-X',
        `enable.idempotence=${idempotent}`,
        ...Object.entries(headers).flatMap(([name, header]) => ['-H', `${name}=${header}`]),
        ...(key === null ? [] : ['-K', '\t']),
        ...(value === null ? ['-Z'] : []),
      ],
      input,
    )
  }

  async #metadata(topic?: string): Promise<Metadata> {
    const stdout = await this.#run(['-L', '-J', ...(topic === undefined ? [] : ['-t', topic])])
    return JSON.parse(stdout) as Metadata
  }

  async #run(args: readonly string[], input = ''): Promise<string> {
    const outcome = await runToEnd(this.#executable, ['-b', this.#bootstrapServers, ...args], {
      input,
    })
    if (outcome.exitCode === 0) return outcome.stdout
    throw new Error(`kcat ${args.join(' ')} ended with ${outcome.exitCode}: ${outcome.stderr}`)
  }
}

function lacking(): never {
  throw new Error(noAdmin)
}

function groupAlike(records: readonly ProducedRecord[]): ProducedRecord[][] {
  const kind = ({ key, value, headers }: ProducedRecord) =>
    JSON.stringify([key === null, value === null, headers ?? {}])
  const groups: ProducedRecord[][] = []
  for (const record of records) {
    const last = groups.at(-1)
    if (last !== undefined && kind(last[0]!) === kind(record)) last.push(record)
    else groups.push([record])
  }
  return groups
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function recordOf(line: string): ConsumedRecord {
  const { partition, offset, ts, key, payload, headers } = JSON.parse(line)
  const pairs: [string, string][] = []
  for (let at = 0; at < (headers?.length ?? 0); at += 2) pairs.push([headers[at], headers[at + 1]])
  return {
    partition,
    offset,
    timestamp: ts,
    key,
    value: payload,
    headers: Object.fromEntries(pairs),
  }
}
