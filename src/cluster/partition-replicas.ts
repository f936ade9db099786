import {
  NO_LEADER,
  type PartitionRegistration,
  type TopicImage,
} from '../controller/metadata-image.ts'
import { isReassigning } from '../controller/partitions/reassignment.ts'
import type { ClusterView } from '../controller/partitions/partition-rules.ts'
import type { NewRecord } from '../controller/records.ts'
import { leaderMoveRecords, reassignmentRecords } from '../controller/partitions/planned-moves.ts'
import type { Log } from '../log/log.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { ClusterCondition } from './cluster-waits.ts'
import type { WaitOptions } from './wait-options.ts'
import type { Fault } from './network-faults.ts'
import type { Nodes } from './nodes.ts'
import { invalidOption } from './option-rules.ts'
import { checkPartition, partitionCount } from './topic-lookup.ts'

/** The replicas of one partition: reads their state, and changes it as Kafka's controller could. */
export class PartitionReplicas {
  readonly #topic: string
  readonly #partition: number
  readonly #nodes: Nodes

  constructor(topic: string, partition: number, nodes: Nodes) {
    this.#topic = topic
    this.#partition = partition
    this.#nodes = nodes
  }

  /** The partition, as the active controller knows it. */
  get registration(): PartitionRegistration {
    checkPartition(this.#topic, this.#partition, partitionCount(this.#topic, this.#nodes))
    return this.#nodes.image.partition(this.#topic, this.#partition)!
  }

  get leader(): number | undefined {
    const { leader } = this.registration
    return leader === NO_LEADER ? undefined : leader
  }

  /** The logs of the replicas on brokers that run, by broker id. */
  get logs(): ReadonlyMap<number, Log> {
    const running = new Map(this.#nodes.running.map((broker) => [broker.id, broker]))
    const logs = this.registration.replicas.map(
      (id) => [id, running.get(id)?.services.logs.get(this.#topic, this.#partition)] as const,
    )
    return new Map(logs.flatMap(([id, log]) => (log === undefined ? [] : [[id, log] as const])))
  }

  /** See `TopicPartition.inSync`. */
  inSync(options?: WaitOptions): Promise<void> {
    const missing = (): string | undefined => missingSync(this.registration)
    return this.#nodes.waits.until(this.#condition('in sync', missing), options, 'inSync')
  }

  /** See `TopicPartition.moveLeader`. */
  async moveLeader(brokerId: number, options?: WaitOptions): Promise<void> {
    this.#nodes.get(brokerId)
    const { leader, replicas, isr } = this.registration
    if (leader !== brokerId) {
      if (!isr.includes(brokerId) || !this.#nodes.image.isActive(brokerId)) {
        const reason = replicas.includes(brokerId)
          ? `its replica is not in sync, or the broker is fenced: wait for inSync() before`
          : `it has no replica: the replicas are on ${replicas.join(', ')}. setReplicas() moves them`
        throw new OdradekError(
          'REPLICA_UNAVAILABLE',
          `Broker ${brokerId} cannot lead ${this.#name}, because ${reason}`,
        )
      }
      const { registration } = this
      await this.#change(() => leaderMoveRecords(this.#image, registration, brokerId))
    }
    const missing = () =>
      this.#leads(brokerId) ? undefined : `broker ${brokerId} does not lead yet`
    await this.#nodes.waits.until(
      this.#condition(`led by ${brokerId}`, missing),
      options,
      'moveLeader',
    )
  }

  /** See `TopicPartition.setReplicas`. */
  async setReplicas(target: readonly number[], options?: WaitOptions): Promise<void> {
    this.#checkIds(target, 'setReplicas')
    for (const id of target) this.#nodes.get(id)
    const { registration } = this
    await this.#change((view) => reassignmentRecords(view, this.#image, registration, target))
    const wanted = target.join()
    const missing = (): string | undefined => {
      const { replicas, addingReplicas, isr } = this.registration
      if (!isReassigning(this.registration) && replicas.join() === wanted) return undefined
      const awaited = addingReplicas.filter((id) => !isr.includes(id))
      return `brokers ${awaited.join(', ')} are not in sync yet; the replicas are on ${replicas.join(', ')}`
    }
    await this.#nodes.waits.until(
      this.#condition(`on ${target.join(', ')}`, missing),
      options,
      'setReplicas',
    )
  }

  /** See `TopicPartition.shrinkIsr`. */
  async shrinkIsr(brokerIds: readonly number[], options?: WaitOptions): Promise<Fault> {
    this.#checkIds(brokerIds, 'shrinkIsr')
    const { leader, replicas } = this.registration
    for (const id of brokerIds) {
      if (replicas.includes(id) && id !== leader) continue
      const followers = replicas.filter((replica) => replica !== leader).join(', ')
      throw invalidOption(
        () =>
          `shrinkIsr accepts followers of ${this.#name}, not broker ${id}: they are ${followers}`,
      )
    }
    const ends = brokerIds.map((id) => this.#nodes.heldOut.add(this.#image.id, this.#partition, id))
    const heal = async (): Promise<void> => {
      for (const end of ends.splice(0)) end()
      this.#review()
      if (!this.#nodes.waits.isClosed) await this.#rejoined(brokerIds)
    }
    this.#review()
    const missing = (): string | undefined => {
      const left = this.registration.isr.filter((id) => brokerIds.includes(id))
      return left.length === 0 ? undefined : `brokers ${left.join(', ')} are still in sync`
    }
    const without = `without ${brokerIds.join(', ')} in sync`
    await this.#nodes.waits.until(this.#condition(without, missing), options, 'shrinkIsr')
    return { heal, [Symbol.asyncDispose]: heal }
  }

  get #name(): string {
    return `${this.#topic}-${this.#partition}`
  }

  get #image(): TopicImage {
    partitionCount(this.#topic, this.#nodes)
    return this.#nodes.image.topics.get(this.#topic)!
  }

  get #controller() {
    const controller = this.#nodes.activeController()
    if (controller !== undefined) return controller
    throw this.#unavailable('there is no active controller: start a broker')
  }

  #condition(text: string, missing: () => string | undefined): ClusterCondition {
    return { text: `${this.#name} ${text}`, missing }
  }

  /** Whether a broker leads the partition by its own metadata. */
  #leads(brokerId: number): boolean {
    const { leaderEpoch } = this.registration
    const replicas = this.#nodes.get(brokerId).broker?.services.replicas
    const led = replicas?.leader(this.#topic, this.#partition)
    return led !== undefined && !(led instanceof ApiError) && led.leaderEpoch >= leaderEpoch
  }

  /** Lets the leader look which followers are held out. */
  #review(): void {
    const { leader } = this
    const broker = this.#nodes.running.find(({ id }) => id === leader)
    const led = broker?.services.replicas.leader(this.#topic, this.#partition)
    if (led === undefined || led instanceof ApiError) return
    led.inSyncReplicas?.review()
  }

  async #rejoined(brokerIds: readonly number[]): Promise<void> {
    const missing = (): string | undefined => {
      const { isr, replicas } = this.registration
      const away = brokerIds.filter(
        (id) => replicas.includes(id) && !isr.includes(id) && this.#nodes.image.isActive(id),
      )
      return away.length === 0 ? undefined : `brokers ${away.join(', ')} are not in sync`
    }
    await this.#nodes.waits.until(this.#condition('in sync again', missing))
  }

  async #change(plan: (view: ClusterView) => readonly NewRecord[]): Promise<void> {
    if (await this.#controller.changePartitions(plan)) return
    throw this.#unavailable('the metadata log cannot be written')
  }

  #unavailable(reason: string): OdradekError {
    return new OdradekError('PARTITION_UNAVAILABLE', `${this.#name} cannot change: ${reason}`)
  }

  #checkIds(ids: readonly number[], method: string): void {
    const isList = Array.isArray(ids) && ids.length > 0 && ids.every(Number.isInteger)
    if (isList && new Set(ids).size === ids.length) return
    throw invalidOption(
      () => `${method} accepts a list of different broker ids, not ${JSON.stringify(ids)}`,
    )
  }
}

/** Returns the reason why not all replicas are in sync; `undefined` if they are. */
export function missingSync(registration: PartitionRegistration): string | undefined {
  const { leader, replicas, isr } = registration
  if (leader === NO_LEADER) return 'it has no leader'
  const away = replicas.filter((id) => !isr.includes(id))
  if (away.length > 0) return `brokers ${away.join(', ')} are not in sync`
  return isReassigning(registration) ? 'its replicas are being moved' : undefined
}
