import type { Clock } from '../platform/clock.ts'
import { invariant } from '../platform/invariant.ts'
import { decodeMetadataRecord } from '../protocol/internal/cluster-metadata.ts'
import { encodeLeaderChange } from '../record/control-record.ts'
import { applyBatch } from './apply-record.ts'
import { catchUp } from './catch-up.ts'
import { LiveMetadataImage } from './live-metadata-image.ts'
import type { MetadataDelta, MetadataImage } from './metadata-image.ts'
import {
  decodeMetadataLog,
  encodeMetadataBatch,
  isAtLeastAsRecent,
  type MetadataLogReader,
  type MetadataReplica,
} from './metadata-log.ts'
import {
  currentVoter,
  unknownVoter,
  type QuorumDescription,
  type VoterState,
} from './quorum-description.ts'
import type { NewRecord } from './records.ts'

export interface MetadataQuorumOptions {
  readonly clock: Clock
  /** The brokers of the cluster, running or not, by id. */
  readonly voterIds: () => readonly number[]
  /** Whether two running brokers, by their ids, exchange messages; default always. */
  readonly canReach?: (one: number, other: number) => boolean
}

interface Waiter {
  readonly offset: number
  readonly resolve: (isCommitted: boolean) => void
}

/**
 * The brokers that have a copy of the metadata log, and their leader (a part of Kafka's
 * `KafkaRaftClient`). The leader is the active controller. A batch is committed when every running
 * broker has it, with the required durability. Then the brokers get it as a delta. All brokers are
 * in one process, so the others know immediately that a broker stops or dies, and they need no
 * majority to continue.
 *
 * In a divided network the leader is in the part with the majority of the running brokers. The
 * copies of brokers in other parts still get each batch, so no leader can lack what was committed.
 * Their images do not: these change when the network delivers the delta.
 */
export class MetadataQuorum {
  readonly #options: MetadataQuorumOptions
  /** The copies of running brokers, in the order in which they joined. */
  #replicas: MetadataReplica[] = []
  #leader: MetadataReplica | undefined
  #epoch = 0
  /** The metadata with everything that was appended. */
  #image = new LiveMetadataImage('')
  /** The offset at which the leader's epoch begins. */
  #epochStartOffset = 0
  /** The end of the committed part of the log. No later start may be without it. */
  #committed = { lastEpoch: 0, endOffset: 0 }
  /** The last known states of brokers that the leader does not reach, in this epoch. */
  readonly #lost = new Map<number, VoterState>()
  /** Appended batches that are not delivered to the brokers yet. */
  readonly #pending: MetadataDelta[] = []
  readonly #listeners = new Set<(delta: MetadataDelta) => void>()
  #waiters: Waiter[] = []
  readonly #awaitedSyncs = new WeakSet<Promise<void>>()
  #isDelivering = false

  constructor(options: MetadataQuorumOptions) {
    this.#options = options
  }

  /** The metadata up to the end of the log, including uncommitted decisions. */
  get image(): MetadataImage {
    return this.#image
  }

  /** The broker with the active controller; `undefined` if no broker runs. */
  get leaderId(): number | undefined {
    return this.#leader?.nodeId
  }

  /** Grows with each leader. */
  get epoch(): number {
    return this.#epoch
  }

  /** The offset of the next record. */
  get endOffset(): number {
    return this.#image.lastOffset + 1
  }

  isRunning(nodeId: number): boolean {
    return this.#replicas.some((replica) => replica.nodeId === nodeId)
  }

  /**
   * Begins with brokers that start. The broker with the most recent copy of the log leads. If the
   * most recent copy is of a broker that does not start, the first broker catches up from it and
   * leads. The others have to {@link join}.
   *
   * @param stored copies of brokers that do not start
   * @throws DecodeError, CorruptRecordError when the stored bytes are not a metadata log
   * @throws Error when the log cannot be written, or when no copy has everything that was committed
   */
  start(
    clusterId: string,
    replicas: readonly MetadataReplica[],
    stored: readonly MetadataLogReader[] = [],
  ): void {
    const all: readonly MetadataLogReader[] = [...replicas, ...stored]
    const best = all.reduce((one, other) => (isAtLeastAsRecent(one, other) ? one : other))
    if (!isAtLeastAsRecent(best, this.#committed)) throw outdated()
    const leader = replicas.find((replica) => replica === best) ?? replicas[0]!
    if (leader !== best && !catchUp(leader, best)) throw cannotWrite()
    this.#image = new LiveMetadataImage(clusterId)
    for (const { records, lastOffset } of decodeMetadataLog(best.read(0)))
      applyBatch(this.#image, records, lastOffset)
    this.#epoch = Math.max(this.#epoch, ...all.map(({ lastEpoch }) => lastEpoch))
    this.#replicas = [leader]
    const voters = replicas.map(({ nodeId }) => nodeId)
    this.#elect(leader, voters)
    if (this.#leader === undefined) throw cannotWrite()
  }

  /**
   * Adds a started broker, after its copy of the log has caught up with the leader's.
   *
   * @throws Error if its log cannot be written
   */
  join(replica: MetadataReplica): void {
    if (!catchUp(replica, this.#leader!)) throw cannotWrite()
    this.#replicas.push(replica)
    this.onLinksChanged()
    replica.advanceHighWatermark(this.#committed.endOffset)
    this.#advance()
  }

  /**
   * Removes a broker that has stopped or died. If it led, another one leads from now on, in a new
   * epoch.
   */
  leave(nodeId: number): void {
    const replica = this.#replicas.find((each) => each.nodeId === nodeId)
    if (replica === undefined) return
    this.#noteLost(nodeId)
    this.#replicas = this.#replicas.filter((each) => each !== replica)
    if (replica === this.#leader) this.#electNext()
    else this.onLinksChanged()
    this.#advance()
  }

  /**
   * Called when brokers can reach others than before. A leader that does not reach a majority of
   * the running brokers is replaced by one that does. If there is none, it remains.
   */
  onLinksChanged(): void {
    const leader = this.#leader
    if (leader === undefined) return
    if (!this.#hasMajority(leader) && this.#replicas.some((each) => this.#hasMajority(each))) {
      this.#electNext()
    }
    for (const { nodeId } of this.#replicas) {
      if (this.#leader !== undefined && this.#canReach(this.#leader.nodeId, nodeId)) {
        this.#lost.delete(nodeId)
      } else this.#noteLost(nodeId)
    }
  }

  /** Returns the state of all voters; `undefined` if no broker runs. */
  describe(): QuorumDescription | undefined {
    const leaderId = this.#leader?.nodeId
    if (leaderId === undefined) return undefined
    const now = this.#options.clock.now()
    const voterIds = this.#options.voterIds().toSorted((one, other) => one - other)
    const voters = voterIds.map((id) => {
      const isCurrent = this.isRunning(id) && !this.#lost.has(id)
      if (isCurrent) return currentVoter(id, this.endOffset, now)
      return this.#lost.get(id) ?? unknownVoter(id)
    })
    const highWatermark = this.#committed.endOffset
    return { leaderId, leaderEpoch: this.#epoch, highWatermark, voters }
  }

  /** Removes all brokers. Nothing is appended from now on. */
  close(): void {
    this.#replicas = []
    this.#electNext()
  }

  /**
   * Appends records as one batch and returns the offset of the last one; `undefined` if the log
   * cannot be written.
   */
  append(values: readonly NewRecord[]): number | undefined {
    const baseOffset = this.endOffset
    const timestamp = this.#options.clock.now()
    const batch = encodeMetadataBatch(values, { baseOffset, epoch: this.#epoch, timestamp })
    const lastOffset = baseOffset + values.length - 1
    if (!this.#write(batch)) return undefined
    // Decode the records, so that the image equals the one that a start reads.
    this.#pending.push(applyBatch(this.#image, values.map(decodeMetadataRecord), lastOffset))
    this.#advance()
    return lastOffset
  }

  /**
   * Waits until the brokers have everything up to the offset; `undefined` if they already do.
   * Resolves with false if no broker has it any more.
   */
  committed(offset: number): Promise<boolean> | undefined {
    if (offset < this.#committed.endOffset) return undefined
    if (this.#leader === undefined) return Promise.resolve(false)
    return new Promise((resolve) => this.#waiters.push({ offset, resolve }))
  }

  /** Waits until everything that was appended is committed, as {@link committed} does. */
  settled(): Promise<boolean> | undefined {
    return this.committed(this.#image.lastOffset)
  }

  /**
   * Calls back with each committed batch. A batch that a listener causes comes after its own one,
   * to all listeners in the same order. Returns a function that removes the callback.
   */
  subscribe(listener: (delta: MetadataDelta) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Returns a new image for a broker that follows with {@link subscribe}. Everything must be
   * committed.
   */
  copyImage(): LiveMetadataImage {
    invariant(this.#pending.length === 0, 'a broker begins with committed metadata')
    return this.#image.copy()
  }

  /** Returns false if the leader's disk fails. Another broker whose disk fails is removed. */
  #write(batch: Uint8Array): boolean {
    const leader = this.#leader
    if (leader === undefined) return false
    if (!leader.append(batch)) {
      this.leave(leader.nodeId)
      return false
    }
    this.#replicas = this.#replicas.filter((each) => each === leader || each.append(batch))
    return true
  }

  #electNext(): void {
    this.#leader = undefined
    const [first, ...others] = this.#replicas
    if (first !== undefined) {
      const best = others.reduce((one, next) => (this.#isPreferred(next, one) ? next : one), first)
      this.#elect(best, this.#reachedBy(best))
      return
    }
    this.#pending.length = 0
    for (const { resolve } of this.#waiters.splice(0)) resolve(false)
  }

  /** Whether a broker shall lead rather than another. No leader may lack what others have. */
  #isPreferred(one: MetadataReplica, other: MetadataReplica): boolean {
    if (!isAtLeastAsRecent(one, other)) return false
    return !isAtLeastAsRecent(other, one) || (this.#hasMajority(one) && !this.#hasMajority(other))
  }

  #hasMajority(replica: MetadataReplica): boolean {
    return 2 * this.#reachedBy(replica).length > this.#replicas.length
  }

  #reachedBy({ nodeId }: MetadataReplica): number[] {
    return this.#replicas.map((each) => each.nodeId).filter((id) => this.#canReach(nodeId, id))
  }

  #canReach(one: number, other: number): boolean {
    return one === other || (this.#options.canReach?.(one, other) ?? true)
  }

  #noteLost(nodeId: number): void {
    if (this.#lost.has(nodeId)) return
    this.#lost.set(nodeId, currentVoter(nodeId, this.endOffset, this.#options.clock.now()))
  }

  /** The leader starts its epoch with a control record, as in KRaft. */
  #elect(leader: MetadataReplica, grantingVoterIds: readonly number[]): void {
    this.#leader = leader
    this.#lost.clear()
    for (const { nodeId } of this.#replicas) {
      if (!this.#canReach(leader.nodeId, nodeId)) this.#lost.set(nodeId, unknownVoter(nodeId))
    }
    this.#epoch++
    const baseOffset = this.endOffset
    this.#epochStartOffset = baseOffset
    const message = {
      leaderId: leader.nodeId,
      voterIds: this.#options.voterIds(),
      grantingVoterIds,
    }
    const timestamp = this.#options.clock.now()
    const options = { baseOffset, partitionLeaderEpoch: this.#epoch, timestamp }
    if (!this.#write(encodeLeaderChange(message, options))) return
    this.#pending.push(applyBatch(this.#image, [], baseOffset))
    this.#advance()
  }

  /** Commits what every running broker has, and waits for unfinished writes to their disks. */
  #advance(): void {
    const offline = this.#replicas.filter(({ isOffline }) => isOffline)
    for (const { nodeId } of offline) this.leave(nodeId)
    if (this.#replicas.length === 0) return
    const durable = Math.min(...this.#replicas.map(({ durableEndOffset }) => durableEndOffset))
    if (durable > this.#committed.endOffset) this.#commit(durable)
    for (const replica of this.#replicas) {
      const sync = replica.sync()
      if (sync === undefined || this.#awaitedSyncs.has(sync)) continue
      this.#awaitedSyncs.add(sync)
      void sync.then(() => this.#advance())
    }
  }

  #commit(endOffset: number): void {
    const isOfEpoch = endOffset > this.#epochStartOffset
    const lastEpoch = isOfEpoch ? this.#epoch : this.#committed.lastEpoch
    this.#committed = { lastEpoch, endOffset }
    for (const replica of this.#replicas) replica.advanceHighWatermark(endOffset)
    this.#deliver()
    if (this.#waiters.length === 0) return
    const isDone = ({ offset }: Waiter) => offset < this.#committed.endOffset
    for (const { resolve } of this.#waiters.filter(isDone)) resolve(true)
    this.#waiters = this.#waiters.filter((waiter) => !isDone(waiter))
  }

  #deliver(): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      while (this.#pending.length > 0 && this.#pending[0]!.lastOffset < this.#committed.endOffset) {
        const delta = this.#pending.shift()!
        for (const listener of this.#listeners) listener(delta)
      }
    } finally {
      this.#isDelivering = false
    }
  }
}

function cannotWrite(): Error {
  return new Error('the metadata log cannot be written')
}

function outdated(): Error {
  return new Error(
    'this metadata log misses the last changes of the cluster, and no other copy that can be read has them: start the broker that ran last',
  )
}
