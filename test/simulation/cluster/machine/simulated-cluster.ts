import type { RunningCluster } from '../../../../src/cluster/cluster.ts'
import type { FileFault } from '../../../support/disk/faulty-file-system.ts'
import type { Log } from '../../../../src/log/log.ts'
import type { ClusterEnvironment } from '../../../../src/cluster/environment.ts'
import type { Logger } from '../../../../src/cluster/logger.ts'
import { startClusterIn } from '../../../../src/cluster/start-cluster.ts'
import { OdradekError } from '../../../../src/platform/odradek-error.ts'
import { Dice } from '../../dice.ts'
import type { ClusterSettings } from '../settings.ts'
import type { Trace } from '../trace.ts'
import { Disks, type MountedDisks } from './disks.ts'
import { simulatedInterBroker, type OnPeerRequest } from './inter-broker.ts'
import { SimulatedProcess } from './process.ts'
import { VirtualNetwork } from './virtual-network.ts'
import type { VirtualTime } from './virtual-time.ts'

const FIRST_PORT = 9092

/** How one broker ends: it is stopped, its process is killed, or its machine loses its power. */
export type BrokerEnd = 'stop' | 'kill' | 'power'

/** Thrown when a power failure has lost so many unsynced bytes that the cluster cannot start. */
export class ClusterLost extends Error {
  override readonly name = 'ClusterLost'
}

/**
 * The cluster of a history: it starts, crashes and restarts on simulated disks and a simulated
 * network.
 */
export class SimulatedCluster {
  readonly network: VirtualNetwork
  readonly #disks: Disks
  readonly #brokerIds: number[]
  readonly #settings: ClusterSettings
  readonly #time: VirtualTime
  readonly #trace: Trace
  readonly #dice: Dice
  readonly #onStarting: () => void
  readonly #onCrash: (losesPower: boolean) => void
  readonly #isCalm: () => boolean
  readonly #onPeerRequest: OnPeerRequest
  #process: SimulatedProcess | undefined
  #files: MountedDisks | undefined
  #running: RunningCluster | undefined
  #starts = 0
  /** Whether the power also fails when a fault kills the process. */
  #losesPowerWhenKilled = false

  constructor(
    settings: ClusterSettings,
    time: VirtualTime,
    trace: Trace,
    events: {
      onStarting: () => void
      onCrash: (losesPower: boolean) => void
      isCalm: () => boolean
      onPeerRequest: OnPeerRequest
    },
  ) {
    this.#isCalm = events.isCalm
    this.#onPeerRequest = events.onPeerRequest
    this.#onStarting = events.onStarting
    this.#onCrash = events.onCrash
    this.#settings = settings
    this.#time = time
    this.#trace = trace
    this.#dice = new Dice(settings.seed ^ 0x51ed270b)
    this.#brokerIds = Array.from({ length: settings.brokers }, (_, index) => index + 1)
    this.network = new VirtualNetwork(time, settings.network, settings.seed)
    this.#disks = new Disks(this.brokerIds, settings.disks, time, this.#dice)
  }

  get brokerIds(): readonly number[] {
    return this.#brokerIds
  }

  /** The number of starts so far. State in memory is lost between two of them. */
  get starts(): number {
    return this.#starts
  }

  /** Whether there is a process. It may still be starting. */
  get isAlive(): boolean {
    return this.#process !== undefined
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  portOf(brokerId: number): number {
    return FIRST_PORT + brokerId - 1
  }

  /** The disks of the current process. */
  get files(): MountedDisks | undefined {
    return this.#files
  }

  /**
   * Starts the brokers on the content of their disks. Does nothing while they run or start.
   *
   * @param arrange prepares faults for the process before it does anything
   */
  async start(arrange: (files: MountedDisks) => void = () => {}): Promise<void> {
    if (this.#process !== undefined) return
    const process = new SimulatedProcess(this.#time)
    const files = this.#disks.mount(() => this.crash(this.#losesPowerWhenKilled))
    this.#process = process
    this.#files = files
    this.#starts++
    this.#onStarting()
    this.#trace.note('cluster', () => `starts (${this.#starts})`)
    arrange(files)
    try {
      const starting = startClusterIn(this.#environment(process, files), this.#options())
      const running = await Promise.race([starting, process.died])
      if (running === undefined) return
      this.#running = running
      this.#trace.note('cluster', () => 'has started')
    } catch (error) {
      if (process.isDead) return
      if (this.#settings.losesAcknowledged && error instanceof OdradekError) throw new ClusterLost()
      throw error
    }
  }

  /** Kills the process of the cluster, or fails the power of all machines. */
  crash(losesPower: boolean, silentForMs = 0): void {
    const process = this.#process
    if (process === undefined) return
    this.#trace.note('cluster', () => (losesPower ? 'loses its power' : 'is killed'))
    this.#forget(process)
    for (const id of losesPower ? this.brokerIds : []) {
      this.#disks.losePower(id)
      this.network.silence(this.portOf(id), silentForMs)
    }
    const ports = this.brokerIds.map((id) => this.portOf(id))
    this.network.lose(ports, losesPower)
    this.#onCrash(losesPower)
  }

  /**
   * Kills the process during one of the next operations on the disk of a broker. The power may fail
   * at the same time.
   */
  killAtOperation(
    files: MountedDisks,
    brokerId: number,
    fault: Omit<FileFault, 'code'>,
    losesPower: boolean,
  ): void {
    this.#losesPowerWhenKilled = losesPower
    files.inject(brokerId, { ...fault, code: 'killed' })
  }

  /** Closes the cluster. Throws when a timer, file, lock or listener is left. */
  async close(): Promise<void> {
    const process = this.#process
    const running = this.#running
    if (process === undefined || running === undefined) return
    this.#trace.note('cluster', () => 'is being closed')
    await Promise.race([running.close(), process.died])
    if (process.isDead) return
    const mounted = this.#files!
    // Checkpoints may be missing, as after a crash.
    if (mounted.hasFailed) this.#onCrash(false)
    const { files, locks } = mounted.held
    const left = { timers: process.armed, files, locks }
    if (process.armed + files.length + locks > 0) {
      throw new Error(`closing the cluster leaves ${JSON.stringify(left)}`)
    }
    const open = this.brokerIds.filter((id) => this.network.isListening(this.portOf(id)))
    if (open.length > 0)
      throw new Error(`closing the cluster leaves brokers ${open.join(', ')} listening`)
    this.#forget(process)
    this.#trace.note('cluster', () => 'is closed')
  }

  #forget(process: SimulatedProcess): void {
    process.kill()
    this.#files?.kill()
    this.#process = undefined
    this.#files = undefined
    this.#running = undefined
  }

  /**
   * Stops or kills one broker, and starts it again after some milliseconds. The others keep
   * running.
   */
  async restartBroker(brokerId: number, how: BrokerEnd, downForMs: number): Promise<void> {
    const process = this.#process
    const running = this.#running
    if (process === undefined || running === undefined) return
    await this.#whileRunning(async () => {
      const broker = running.broker(brokerId)
      this.#trace.note('cluster', () => `broker ${brokerId}: ${how}`)
      this.#starts++
      this.#onCrash(false)
      await Promise.race([broker[how === 'stop' ? 'stop' : 'kill'](), process.died])
      if (how === 'power' && !process.isDead) this.#losePower(brokerId)
      this.#onCrash(false)
      await this.#time.pass(downForMs)
      if (this.#running !== running) return
      this.#trace.note('cluster', () => `broker ${brokerId}: start`)
      this.#starts++
      await Promise.race([broker.start(), process.died])
    })
  }

  /** Loses the unsynced bytes of one machine, whose broker is dead. */
  #losePower(brokerId: number): void {
    this.#disks.losePower(brokerId)
    this.#files!.mountDisk(brokerId)
  }

  /** Adds a broker to the running cluster. The cluster has it from now on, also after a crash. */
  async addBroker(): Promise<void> {
    const process = this.#process
    const running = this.#running
    if (process === undefined || running === undefined) return
    const id = this.#brokerIds.length + 1
    this.#brokerIds.push(id)
    this.#disks.add(id)
    this.#files!.mountDisk(id)
    this.#trace.note('cluster', () => `broker ${id} is added`)
    await this.#whileRunning(async () => {
      await Promise.race([running.addBroker({}), process.died])
    })
  }

  /** Whether the broker at a port leads a partition, as the controller knows it. */
  isLeader(port: number, topicId: string, partition: number): boolean {
    const topic = this.#running?.nodes.image.topicsById.get(topicId)
    const leader = topic?.partitions[partition]?.leader
    return leader !== undefined && leader > 0 && this.portOf(leader) === port
  }

  /** Returns the partitions whose replicas are not all in sync and at the same end. */
  outOfSync(): string[] {
    const running = this.#running
    if (running === undefined) return ['the cluster does not run']
    const { topics } = running.nodes.image
    return [...topics.values()].flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partition, isr, replicas }) => {
          const ends = replicas.map((id) => this.#logOf(id, name, partition)?.logEndOffset)
          return isr.length < replicas.length || ends.some((end) => end !== ends[0])
        })
        .map(({ partition, isr }) => `${name}-${partition} (${isr.join()})`),
    )
  }

  /** Returns the logs of all replicas, by the names of their partitions. */
  *replicaLogs(): Generator<[string, Log[]]> {
    for (const { name, partitions } of this.#running!.nodes.image.topics.values()) {
      for (const { partition, replicas } of partitions)
        yield [`${name}-${partition}`, replicas.map((id) => this.#logOf(id, name, partition)!)]
    }
  }

  #logOf(brokerId: number, topic: string, partition: number): Log | undefined {
    return this.#running!.nodes.get(brokerId).logs?.get(topic, partition)
  }

  /** Stops the metadata of a broker from changing for some milliseconds. */
  async holdMetadata(brokerId: number, forMs: number): Promise<void> {
    const running = this.#running
    const metadata = running?.nodes.get(brokerId).metadata
    if (metadata === undefined) return
    this.#trace.note('cluster', () => `broker ${brokerId}: metadata lags for ${forMs} ms`)
    metadata.hold()
    await this.#time.pass(forMs)
    // A broker that has been restarted has new metadata.
    if (this.#running === running && running?.nodes.get(brokerId).metadata === metadata) {
      metadata.release()
    }
  }

  /** Runs an operation on brokers. Its errors do not count when the cluster ends meanwhile. */
  async #whileRunning(operation: () => Promise<void>): Promise<void> {
    const running = this.#running
    const files = this.#files
    try {
      await operation()
    } catch (error) {
      if (this.#running !== running || files?.hasFailed === true) return
      if (!(error instanceof OdradekError) || error.code !== 'CLUSTER_CLOSED') throw error
    }
  }

  #options() {
    const { durability, profile, config } = this.#settings
    const brokers = this.#brokerIds.length
    const topics = [
      ...this.#smallSegments('__consumer_offsets', 'offsets.topic', 'offsetsSegmentBytes'),
      ...this.#smallSegments(
        '__transaction_state',
        'transaction.state.log',
        'transactionsSegmentBytes',
      ),
    ]
    return { brokers, durability, profile, config, port: FIRST_PORT, topics }
  }

  /** Returns an internal topic with small segments, which are compacted during a history. */
  #smallSegments(
    name: string,
    prefix: string,
    setting: 'offsetsSegmentBytes' | 'transactionsSegmentBytes',
  ) {
    const bytes = this.#settings[setting]
    if (bytes === undefined) return []
    const partitions = this.#settings.config[`${prefix}.num.partitions`] as number
    const configs = { 'cleanup.policy': 'compact', 'internal.segment.bytes': bytes }
    return [{ name, partitions, replicas: this.#settings.replicas, configs }]
  }

  #environment(process: SimulatedProcess, files: MountedDisks): ClusterEnvironment {
    const { peers } = this.#settings
    const dice = new Dice(this.#dice.seed())
    const world = {
      time: this.#time,
      trace: this.#trace,
      dice,
      isCalm: this.#isCalm,
      onPeerRequest: this.#onPeerRequest,
    }
    return {
      interBroker: simulatedInterBroker(process, peers, world),
      clock: process.clock,
      random: new Dice(this.#dice.seed()),
      network: this.network.of(process),
      storage: {
        fileSystem: files,
        isTemporary: false,
        directoriesOf: (brokerId) => [`/${brokerId}`],
        release: () => {},
      },
      turn: process.turn,
      logger: this.#logger(),
      release: () => {},
    }
  }

  #logger(): Logger {
    const note = (fields: object, message: string): void =>
      this.#trace.note('cluster', () => `${message} ${JSON.stringify(fields, withErrors)}`)
    return {
      writes: () => this.#trace.isOn,
      debug: () => {},
      info: note,
      warn: note,
      error: note,
      errorOnce: (_key, fields, message) => note(fields, message),
    }
  }
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.stack : value
}
