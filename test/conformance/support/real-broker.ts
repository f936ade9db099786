import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { portsInARow } from '../../cluster/support/ports.ts'
import { run } from '../setup/command.ts'
import type { Tools } from '../setup/tools.ts'

/** The cluster id of all of them. */
export const clusterId = 'T2RyYWRla09yYWNsZTAwMQ'
/** Many times what they take. On a busy machine, a start took more than two minutes. */
const startDeadlineMs = 300_000
const stopDeadlineMs = 300_000

/** Entries of `server.properties`. */
export type ServerProperties = Readonly<Record<string, string | number | boolean>>

const jvm = [
  '-Xmx384m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  // Logs what it finds and repairs when it opens files.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.storage.internals.log=info',
]

/** The smallest configs for a single broker that runs for a short time. */
const modest: ServerProperties = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'num.network.threads': 1,
  'num.io.threads': 2,
  'background.threads': 2,
  'log.cleaner.dedupe.buffer.size': 4 << 20,
  // By default retention runs after half a minute, which a test can take on a busy machine.
  'log.initial.task.delay.ms': 3_600_000,
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
}

/**
 * A real Apache Kafka 4.4.0 from Maven's jars: one node as broker and controller, on 127.0.0.1 and
 * free ports, with its own directory. While it is stopped, its files can be read, changed and
 * replaced.
 */
export class RealBroker {
  readonly bootstrapServers: string
  /** The next port is the controller's. */
  readonly port: number
  /** Kafka's `log.dirs`, which contains `<topic>-<partition>`. */
  readonly dataDir: string
  /** Its log lines since the last start: warnings, errors, and INFO lines about its logs. */
  output: string[] = []
  readonly #java: readonly [string, ...string[]]
  readonly #directory: string
  readonly #properties: ServerProperties
  #running: { child: ChildProcess; watchdog: ChildProcess; ended: Promise<void> } | undefined

  private constructor(
    tool: { executable: string; classpath: string },
    properties: ServerProperties,
    port: number,
  ) {
    this.#directory = mkdtempSync(join(tmpdir(), 'odradek-real-kafka-'))
    this.#java = [tool.executable, ...jvm, '-cp', tool.classpath]
    this.#properties = properties
    this.port = port
    this.bootstrapServers = `127.0.0.1:${this.port}`
    this.dataDir = join(this.#directory, 'data')
  }

  /** Formats and starts a broker. Call {@link close}, also when the test fails. */
  static async start(tool: Tools['kafka'], properties: ServerProperties = {}): Promise<RealBroker> {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    const broker = new RealBroker(tool, properties, await portsInARow(2))
    try {
      await broker.#format()
      await broker.start()
    } catch (error) {
      await broker.close()
      throw error
    }
    return broker
  }

  /**
   * Starts it again on the same ports and files. Resolves when it is ready. `properties` apply to
   * this start only.
   */
  async start(properties: ServerProperties = {}): Promise<void> {
    if (this.#running !== undefined) throw new Error('the broker is running')
    const [command, ...args] = this.#java
    this.output = []
    const file = this.#writeProperties(properties)
    const child = spawn(command, [...args, 'kafka.Kafka', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<void>((resolve) => {
      child.on('error', () => resolve())
      child.on('close', () => resolve())
    })
    this.#running = { child, watchdog: watch(child), ended }
    await this.#started(child, ended)
  }

  /** Stops it cleanly, so that it leaves `.kafka_cleanshutdown`. */
  async stop(): Promise<void> {
    const deadline = setTimeout(() => this.#running?.child.kill('SIGKILL'), stopDeadlineMs)
    const signal = await this.#end('SIGTERM')
    clearTimeout(deadline)
    if (signal === 'SIGKILL') throw new Error(`the broker did not stop: ${this.#lastWords()}`)
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Kills it if it runs, and removes all files. */
  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Returns the directory of a partition. */
  directoryOf(topic: string, partition = 0): string {
    return join(this.dataDir, `${topic}-${partition}`)
  }

  async #format(): Promise<void> {
    const [command, ...args] = this.#java
    const format = ['format', '-t', clusterId, '-c', this.#writeProperties({})]
    await run(command, [...args, 'kafka.tools.StorageTool', ...format], {
      timeoutMs: startDeadlineMs,
    })
  }

  #writeProperties(properties: ServerProperties): string {
    const { port } = this
    const controllerPort = port + 1
    const all: ServerProperties = {
      ...modest,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'log.dirs': this.dataDir,
      ...this.#properties,
      ...properties,
    }
    const file = join(this.#directory, 'server.properties')
    writeFileSync(
      file,
      Object.entries(all)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    return file
  }

  async #started(child: ChildProcess, ended: Promise<void>): Promise<void> {
    let deadline: NodeJS.Timeout | undefined
    const isServing = await new Promise<boolean>((resolve) => {
      deadline = setTimeout(() => resolve(false), startDeadlineMs)
      void ended.then(() => resolve(false))
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface(stream).on('line', (line) => {
          this.output.push(line)
          if (line.includes('Kafka Server started')) resolve(true)
        })
      }
    })
    clearTimeout(deadline)
    if (isServing) return
    await this.kill()
    throw new Error(`the broker did not start: ${this.#lastWords()}`)
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<NodeJS.Signals | null> {
    if (this.#running === undefined) return null
    const { child, watchdog, ended } = this.#running
    child.kill(signal)
    await ended
    watchdog.kill('SIGKILL')
    this.#running = undefined
    return child.signalCode
  }

  #lastWords(): string {
    return this.output.slice(-30).join('\n')
  }
}

/**
 * Kills the broker when this process ends abnormally: the watchdog's standard input then closes.
 */
function watch({ pid }: ChildProcess): ChildProcess {
  const script = `read -r _; kill -9 ${pid}`
  return spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] })
}
