import { defaultCleanerConfig } from '../../src/log/cleaner/cleaner-config.ts'
import { defaultLogManagerConfig } from '../../src/log/log-manager-config.ts'
import { LogManager } from '../../src/log/log-manager.ts'
import type { Log } from '../../src/log/log.ts'
import { CrashableFileSystem } from '../support/disk/crashable-file-system.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import type { Dice } from './dice.ts'
import type { HistorySettings } from './history.ts'
import type { ModelBatch } from './model-batch.ts'
import { ModelLog } from './model-log.ts'
import { SimulationClock } from './simulation-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'

const topicIds = ['HzpyqVWTQf-ogwHqX9oFRA', 'T2RyYWRla09yYWNsZTAwMQ']

/** An unfinished change of a log: after a crash both the old and the new state are correct. */
export interface InFlight {
  readonly batches?: readonly ModelBatch[]
  readonly truncatesTo?: number
  readonly restartsAt?: number
  /** The log may start as late as this. */
  readonly startsAt?: number
  readonly compacts?: boolean
  readonly deletes?: boolean
}

/** A log and its model. */
export interface SimulatedLog {
  readonly topic: string
  readonly partition: number
  topicId: string
  log: Log
  model: ModelLog
  inFlight: InFlight
}

/** The logs of a broker on a disk that can fail, with their models. */
export class SimulatedBroker {
  readonly settings: HistorySettings
  readonly clock = new SimulationClock()
  readonly logs: SimulatedLog[] = []
  /** The steps so far, for the report of a failure. */
  readonly trace: string[] = []
  readonly warnings: string[] = []
  disk: CrashableFileSystem
  process: FaultyFileSystem
  manager: LogManager
  /** The recovery points of the logs before they were closed; undefined while they are open. */
  recoveryPoints: ReadonlyMap<SimulatedLog, number> | undefined
  /** Whether the power fails when the process dies. */
  powerFailsAtDeath = false

  constructor(settings: HistorySettings) {
    this.settings = settings
    const { capacityBytes, fileSyncKeepsNames } = settings
    this.disk = new CrashableFileSystem({ capacityBytes, fileSyncKeepsNames })
    this.process = new FaultyFileSystem(this.disk)
    this.manager = this.#newManager()
    this.manager.open()
    for (let partition = 0; partition < settings.logs; partition++) {
      const identity = { topic: 'orders', partition, topicId: topicIds[0]! }
      const log = this.open(identity)
      this.logs.push({ ...identity, log, model: new ModelLog(), inFlight: {} })
    }
  }

  get directory(): string {
    return '/data'
  }

  /** Whether a fault has occurred, so that operations may fail. */
  get isInTrouble(): boolean {
    if (this.process.isDead || this.process.failures > 0) return true
    return this.logs.some(({ log }) => log.isOffline)
  }

  note(what: string): void {
    this.trace.push(what)
  }

  /** Opens the log of a partition with the log manager. */
  open({ topic, partition, topicId }: Pick<SimulatedLog, 'topic' | 'partition' | 'topicId'>): Log {
    return this.manager.getOrCreate(topic, partition, topicId, this.settings.config)
  }

  /** Drops the log and creates another one of the same name. */
  recreate(simulated: SimulatedLog): void {
    this.manager.delete(simulated.topic, simulated.partition)
    if (this.isInTrouble) return
    const next = topicIds.indexOf(simulated.topicId) + 1
    simulated.topicId = topicIds[next] ?? topicIds[0]!
    simulated.model = new ModelLog()
    simulated.log = this.open(simulated)
  }

  /** Kills the process. Its writes remain, or after a power failure only what was synced. */
  die(dice: Dice): void {
    this.process.kill()
    this.clock.forgetDeadlines()
    if (!this.powerFailsAtDeath) return
    this.note('  the power fails')
    this.disk = this.disk.afterPowerFailure(dice)
  }

  /**
   * Starts a new process on the disk.
   *
   * @param arrange injects faults before it does anything
   */
  start(arrange: (process: FaultyFileSystem) => void = () => {}): void {
    this.process = new FaultyFileSystem(this.disk)
    arrange(this.process)
    this.manager = this.#newManager()
    this.manager.open()
    for (const simulated of this.logs) simulated.log = this.open(simulated)
  }

  #newManager(): LogManager {
    return new LogManager({
      logDirs: [this.directory],
      fileSystem: this.process,
      clock: this.clock,
      random: new SeededRandom(1),
      turn: systemTurn,
      brokerId: 1,
      clusterId: 'T2RyYWRla09yYWNsZTAwMQ',
      temporary: this.settings.temporary,
      durability: this.settings.durability,
      config: {
        ...defaultLogManagerConfig,
        flushSchedulerIntervalMs: this.settings.config.flushMs === Infinity ? Infinity : 1000,
        cleaner: { ...defaultCleanerConfig, dedupeBufferBytes: this.settings.dedupeBufferBytes },
        producerIdExpirationMs: this.settings.producerIdExpirationMs,
      },
      onWarning: (message) => {
        this.warnings.push(message)
        this.note(`  warning: ${message}`)
      },
    })
  }
}
