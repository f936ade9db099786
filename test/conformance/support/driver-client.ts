import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import type {
  ConnectedClient,
  ConsumedRecord,
  GroupMember,
  OperationName,
  Operations,
  TransactionOperations,
} from './client.ts'
import { RefusedError } from './client.ts'
import { MemberLog } from './member-log.ts'
import { waitMs } from './patience.ts'

type Line =
  | { id: number; result: unknown }
  | { id: number; error: { code: number | null; message: string } }
  | { event: 'partitions'; member: string; partitions: number[] }
  | { event: 'record'; member: string; record: ConsumedRecord }
  | { event: 'failure'; member: string; message: string }

/** Variables that the program gets in addition to those of this process. */
type Environment = Readonly<Record<string, string>>

/** Properties of a consumer, by the names that the client uses. */
type ConsumerSettings = Readonly<Record<string, string>>

/** A group member whose events are kept. */
export interface LoggedMember {
  readonly log: MemberLog
  /** Leaves the group gracefully. */
  leave(): Promise<void>
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * A client in another language: a process that reads one operation per line of JSON and answers
 * with lines of JSON. It also reports events of its group members.
 */
class Driver {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, Waiting>()
  readonly #members = new Map<string, MemberLog>()
  readonly #lastWords: string[] = []
  #lastId = 0
  /** Set when the program has ended, with the reason. */
  #end: Error | undefined

  constructor(command: string, args: readonly string[], env: Environment) {
    this.#process = spawn(command, args, { env: { ...process.env, ...env } })
    createInterface(this.#process.stdout).on('line', (line) => this.#read(JSON.parse(line)))
    createInterface(this.#process.stderr).on('line', (line) => {
      this.#lastWords.push(line)
      if (this.#lastWords.length > 20) this.#lastWords.shift()
    })
    this.#process.on('error', (error) => this.#fail(error))
    // A write to a program that has ended fails; the exit has the reason.
    this.#process.stdin.on('error', () => {})
    this.#process.on('exit', () =>
      this.#fail(new Error(`the client ended: ${this.#lastWords.join('\n')}`)),
    )
  }

  call(op: string, args: object): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end)
      this.#waiting.set(id, { resolve, reject })
      this.#process.stdin.write(`${JSON.stringify({ id, op, ...args })}\n`)
    })
  }

  async join(group: string, topic: string, settings?: ConsumerSettings): Promise<LoggedMember> {
    const member = `member-${++this.#lastId}`
    const log = new MemberLog()
    this.#members.set(member, log)
    await this.call('join', { member, group, topic, settings })
    const leave = async () => {
      await this.call('leave', { member })
    }
    return { log, leave }
  }

  async joinGroup(group: string, topic: string): Promise<GroupMember> {
    const { log, leave } = await this.join(group, topic)
    return {
      waitForPartitions: (count) => log.waitForPartitions(count),
      waitForValues: (values) => log.waitForValues(values),
      assignments: () => log.assignments(),
      values: () => log.values(),
      leave,
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#end !== undefined) return resolve()
      const deadline = setTimeout(() => this.#process.kill('SIGKILL'), waitMs)
      this.#process.on('exit', () => {
        clearTimeout(deadline)
        resolve()
      })
      this.#process.stdin.end()
    })
  }

  #read(line: Line): void {
    if ('event' in line) {
      const log = this.#members.get(line.member)
      if (line.event === 'partitions') log?.assigned(line.partitions)
      else if (line.event === 'record') log?.received(line.record)
      else log?.failed(new Error(line.message))
      return
    }
    const waiting = this.#waiting.get(line.id)
    this.#waiting.delete(line.id)
    if ('result' in line) waiting?.resolve(line.result)
    else if (line.error.code === null) waiting?.reject(new Error(line.error.message))
    else waiting?.reject(new RefusedError(line.error.code, line.error.message))
  }

  #fail(error: Error): void {
    this.#end ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    for (const log of this.#members.values()) log.failed(error)
  }
}

const operationNames: Record<OperationName, true> = {
  produce: true,
  consume: true,
  consumeInGroup: true,
  createTopic: true,
  deleteTopic: true,
  listTopics: true,
  countPartitions: true,
  createPartitions: true,
  describeConfig: true,
  alterConfig: true,
  listOffset: true,
  deleteRecords: true,
  listGroups: true,
  describeGroup: true,
  committedOffsets: true,
  deleteGroup: true,
  describeCluster: true,
  initProducer: true,
  beginTransaction: true,
  produceInTransaction: true,
  endTransaction: true,
  transform: true,
}

/** A client program. */
export interface DriverClient extends ConnectedClient {
  /** Runs an operation that only this program has. */
  call(op: string, args: object): Promise<unknown>
  /** Joins a group. Only Java's client and librdkafka have settings. */
  join(group: string, topic: string, settings?: ConsumerSettings): Promise<LoggedMember>
}

/** Starts a client program. Its last argument is the bootstrap servers. */
export function connectDriver(
  command: string,
  args: readonly string[],
  env: Environment = {},
): DriverClient {
  const driver = new Driver(command, args, env)
  const operations = Object.fromEntries(
    Object.keys(operationNames).map((name) => [name, (given: object) => driver.call(name, given)]),
  )
  return {
    // The drivers return the types of Operations: that is the protocol.
    ...(operations as unknown as Operations),
    transactions: operations as unknown as TransactionOperations,
    call: (op, given) => driver.call(op, given),
    join: (group, topic, settings) => driver.join(group, topic, settings),
    joinGroup: (group, topic) => driver.joinGroup(group, topic),
    close: () => driver.close(),
  }
}
