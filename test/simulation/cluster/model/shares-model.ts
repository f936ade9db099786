import { disagree } from '../../agree.ts'
import { DELIVERY_LIMIT, LOCK_MS } from '../settings.ts'

/** A member that acquires records. */
export interface Acquirer {
  readonly name: string
  /** Whether its share session may have ended since a request. Then its records are free. */
  mayBeReleasedSince(sentAtMs: number): boolean
}

/** A fetch that acquired records. */
export interface Acquisition {
  readonly member: Acquirer
  readonly sentAtMs: number
  readonly nowMs: number
  /** The start of the cluster: acquisitions are in memory only. */
  readonly start: number
  /** Whether it acquires a part of a batch if a whole one has too many records. */
  readonly isLimited: boolean
}

/** A member that may have a record now. */
type Holder = Pick<Acquisition, 'member' | 'nowMs' | 'start'>

interface Delivery {
  count: number
  last: Acquisition | undefined
  /** When a response last contained the record. */
  acquiredAtMs: number
  /** When the record was accepted or rejected, and the member received the answer. */
  settledAtMs: number | undefined
  /** The disturbances of the partition that the count includes. */
  knownDisturbances: number
  /** Whether a request to accept or reject it may have taken effect. */
  mayBeSettled: boolean
  /** Whether the state that notes this was initialized again. */
  mayReturn: boolean
}

/** The deliveries of a partition to a share group. */
class SharedPartition {
  readonly deliveries = new Map<number, Delivery>()
  /** Whether each delivery so far is known, so that the next count is known. */
  isCalm = true
  /** Each may hide a delivery of a record. */
  disturbances = 0
  start: number | undefined
  /** Whether a client has asked for another start offset, and the result is not known. */
  mayBeReset = false
  /** The start offset that a client has set. Undefined: its group decides. */
  startOffset: number | undefined
  /** Whether its state may be deleted. */
  mayLackState = false
  /**
   * Whether it may deliver nothing any more: a part of the batch in which the log starts was
   * acquired, and the leader, like Kafka's, reads next at a record of it that the log lacks.
   */
  mayBeStuck = false
  /** The highest epoch with which its state was initialized. */
  stateEpoch = -1
  /** Whether its leader has an earlier epoch. It loses its records when it reads the new one. */
  isFenced = false
  /** When a leader that was fenced read the state again. */
  loadedAtMs = -Infinity

  of(offset: number): Delivery {
    let delivery = this.deliveries.get(offset)
    if (delivery === undefined) {
      delivery = {
        count: 0,
        last: undefined,
        acquiredAtMs: -Infinity,
        settledAtMs: undefined,
        knownDisturbances: 0,
        mayBeSettled: false,
        mayReturn: false,
      }
      this.deliveries.set(offset, delivery)
    }
    return delivery
  }
}

/** Returns the key of a partition of a share group, such as `h0 <topic id>-0`. */
export function sharePartitionKey(group: string, topicId: string, partition: number): string {
  return `${group} ${topicId}-${partition}`
}

/**
 * Checks the deliveries of share groups: one member at a time has a record, none is delivered after
 * it was accepted or rejected, the delivery counts are right, and no record is lost.
 */
export class SharesModel {
  /** By {@link sharePartitionKey}. */
  readonly #partitions = new Map<string, SharedPartition>()
  /** The first offset that was not deleted on request, by partition. */
  readonly #deletedBefore = new Map<string, number>()
  /** The groups whose members have acquired records. */
  readonly #groups = new Set<string>()
  /** Whether acknowledged state is lost. Then nothing is known. */
  #isLost = false

  /** When the fetches were sent that have no response yet. */
  readonly fetches = new Set<{ readonly sentAtMs: number }>()

  /** Checks records that a member has acquired. */
  acquired(
    partition: string,
    { firstOffset, lastOffset, deliveryCount }: AcquiredRecords,
    acquisition: Acquisition,
  ): void {
    if (this.#isLost) return
    const shared = this.#partition(partition)
    this.#groups.add(partition.split(' ')[0]!)
    shared.start ??= acquisition.start
    if (shared.start !== acquisition.start) shared.isCalm = false
    // The locks of a fetch without a response may have expired already.
    const isSlow = [...this.fetches].some(({ sentAtMs }) => acquisition.nowMs - sentAtMs >= LOCK_MS)
    if (isSlow) shared.isCalm = false
    if (acquisition.isLimited && lastOffset + 1 < this.#deletedBeforeOf(partition)) {
      shared.mayBeStuck = true
    }
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      const delivery = shared.of(offset)
      const what = `${partition}: ${offset}`
      if (mayBeOver(delivery, acquisition)) {
        delivery.count = Math.max(delivery.count, deliveryCount)
        continue
      }
      checkFree(what, delivery, acquisition)
      if (delivery.mayReturn) beginAgain(delivery, acquisition)
      if (!shared.mayBeReset) checkUnsettled(what, delivery, acquisition)
      const expected = delivery.count + 1
      const isRight = !shared.isCalm || shared.mayBeReset || deliveryCount === expected
      if (!isRight) disagree(`${what} has the delivery count ${deliveryCount}, not ${expected}`)
      if (deliveryCount < 1 || deliveryCount > DELIVERY_LIMIT) {
        disagree(`${what} has the delivery count ${deliveryCount}, not 1 to ${DELIVERY_LIMIT}`)
      }
      delivery.count = deliveryCount
      delivery.knownDisturbances = shared.disturbances
      delivery.last = acquisition.sentAtMs > shared.loadedAtMs ? acquisition : undefined
      delivery.acquiredAtMs = acquisition.nowMs
    }
  }

  /** Notes that the member asks to accept or reject a record. */
  beginSettling(partition: string, offset: number): void {
    this.#partition(partition).of(offset).mayBeSettled = true
  }

  /** Notes that a record was accepted or rejected. */
  settled(partition: string, offset: number, nowMs: number): void {
    this.#partition(partition).of(offset).settledAtMs = nowMs
  }

  /**
   * Whether the share coordinator may have the state of a partition with a later epoch than its
   * group: a power failure may have lost the group and not the state.
   */
  mayBeFenced(partition: string, groupEpoch: number): boolean {
    return this.#isLost && this.#partition(partition).stateEpoch > groupEpoch
  }

  /** Whether a member of the group has acquired a record. */
  isUsed(group: string): boolean {
    return this.#groups.has(group)
  }

  /**
   * Whether a member certainly has a record. If it does not, the record may lie before the start
   * offset of the group, where acknowledgements of all types succeed and change nothing.
   */
  isHeld(partition: string, offset: number, { member, nowMs, start }: Holder): boolean {
    const { deliveries, mayBeReset } = this.#partition(partition)
    if (this.#isLost || mayBeReset || offset < this.#firstOf(partition, 0)) return false
    const last = deliveries.get(offset)?.last
    return last?.member === member && isLocked(last, nowMs, start)
  }

  /** Notes that a member has renewed the lock of a record. */
  renewed(partition: string, offset: number, member: Acquirer, sentAtMs: number): void {
    const delivery = this.#partition(partition).of(offset)
    if (delivery.last?.member === member) delivery.last = { ...delivery.last, sentAtMs }
  }

  /** Whether a client has asked for another start offset, and the result is not known. */
  mayBeReset(partition: string): boolean {
    return this.#partition(partition).mayBeReset
  }

  /**
   * Notes that a client asks for another start offset of a partition.
   *
   * @param startOffset undefined: the state is deleted
   */
  beginReset(partition: string, startOffset: number | undefined): void {
    const shared = this.#partition(partition)
    shared.mayBeReset = true
    if (startOffset === undefined) shared.mayLackState = true
  }

  /** Notes that nothing was reset. */
  refuseReset(partition: string): void {
    this.#partition(partition).mayBeReset = false
  }

  /** Notes that the partition was reset: all records from its start on are delivered again. */
  endReset(partition: string, startOffset: number | undefined, sentAtMs: number): void {
    const shared = this.#partition(partition)
    shared.mayBeReset = false
    shared.startOffset = startOffset
    // A leader that has not heard of it may still deliver with the old counts.
    shared.isCalm = false
    for (const [offset, { acquiredAtMs }] of shared.deliveries) {
      if (acquiredAtMs < sentAtMs) shared.deliveries.delete(offset)
    }
  }

  /**
   * Notes that the share coordinator has a request to initialize the state of a partition. Like
   * Kafka's, a group coordinator whose request had no response sends it again, until long after the
   * request of a later heartbeat has succeeded. The share coordinator refuses only an earlier
   * epoch. Otherwise the partition forgets its acknowledgements when its leader reads the state.
   */
  initialized(partition: string, stateEpoch: number): void {
    const shared = this.#partition(partition)
    if (shared.deliveries.size > 0) {
      shared.isCalm = false
      if (stateEpoch > shared.stateEpoch) shared.isFenced = true
    }
    for (const delivery of shared.deliveries.values()) {
      if (delivery.mayBeSettled) delivery.mayReturn = true
    }
    shared.stateEpoch = Math.max(shared.stateEpoch, stateEpoch)
  }

  /** Notes that the leader of a partition reads its state. */
  loaded(partition: string, nowMs: number): void {
    const shared = this.#partition(partition)
    if (!shared.isFenced) return
    shared.isFenced = false
    shared.loadedAtMs = nowMs
    for (const delivery of shared.deliveries.values()) delivery.last = undefined
  }

  /** Whether the share coordinator may have no state of a partition. */
  mayLackState(partition: string): boolean {
    return this.#partition(partition).mayLackState
  }

  /** Notes that a member does not have a record any more. */
  released(partition: string, offset: number): void {
    this.#partition(partition).of(offset).last = undefined
  }

  /** Notes that deliveries of a partition may be unknown: a response was lost, a session ended. */
  disturbed(partition: string): void {
    const shared = this.#partition(partition)
    shared.isCalm = false
    shared.disturbances++
  }

  /** Notes that records are deleted. They may come back after a power failure. */
  beginDeletion(partition: string, before: number): void {
    const known = this.#deletedBefore.get(partition) ?? 0
    this.#deletedBefore.set(partition, Math.max(known, before))
  }

  /** Stops the checks after the loss of acknowledged state. */
  onLoss(): void {
    this.#isLost = true
  }

  /**
   * Returns an offset that no member has processed, or undefined if there is none.
   *
   * @param offsets the records of the partition
   * @param isFromStart whether the group certainly starts at the first record; otherwise at the
   * first one that was delivered
   */
  unprocessed(
    partition: string,
    offsets: readonly number[],
    isFromStart: boolean,
  ): number | undefined {
    const { deliveries, mayBeReset, mayBeStuck, disturbances } = this.#partition(partition)
    if (this.#isLost || mayBeReset || mayBeStuck) return undefined
    const first = this.#firstOf(partition, isFromStart ? 0 : Math.min(...deliveries.keys()))
    return offsets.find((offset) => {
      if (offset < first) return false
      const { count, knownDisturbances, mayBeSettled } = deliveries.get(offset) ?? NEVER
      return !mayBeSettled && count + disturbances - knownDisturbances < DELIVERY_LIMIT
    })
  }

  /** Returns the first offset that is delivered, unless the group has come further. */
  #firstOf(partition: string, usualStart: number): number {
    const { startOffset = usualStart } = this.#partition(partition)
    return Math.max(this.#deletedBeforeOf(partition), startOffset)
  }

  #deletedBeforeOf(partition: string): number {
    return this.#deletedBefore.get(partition.split(' ')[1]!) ?? 0
  }

  #partition(key: string): SharedPartition {
    let partition = this.#partitions.get(key)
    if (partition === undefined) this.#partitions.set(key, (partition = new SharedPartition()))
    return partition
  }
}

/** The state of a record that no member has acquired. */
const NEVER = { count: 0, knownDisturbances: 0, mayBeSettled: false }

/** Records of a response to ShareFetch. */
export interface AcquiredRecords {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/**
 * Whether the response is so late that the lock had expired before another member acquired the
 * record: the response waits until its acknowledgements are stored.
 */
function mayBeOver({ acquiredAtMs }: Delivery, { sentAtMs, nowMs }: Acquisition): boolean {
  return nowMs - sentAtMs >= LOCK_MS && acquiredAtMs >= sentAtMs
}

/** Forgets that a record was accepted or rejected, as it is delivered again. */
function beginAgain(delivery: Delivery, { sentAtMs }: Acquisition): void {
  if (delivery.settledAtMs !== undefined && delivery.settledAtMs > sentAtMs) return
  delivery.mayReturn = false
  if (delivery.settledAtMs === undefined) return
  delivery.settledAtMs = undefined
  delivery.mayBeSettled = false
}

function checkUnsettled(
  what: string,
  { settledAtMs }: Delivery,
  { member, sentAtMs }: Acquisition,
): void {
  if (settledAtMs === undefined || settledAtMs > sentAtMs) return
  disagree(`${what} goes to ${member.name}, and was acknowledged before`)
}

function checkFree(what: string, { last }: Delivery, acquisition: Acquisition): void {
  const { member, nowMs, start } = acquisition
  if (last === undefined || !isLocked(last, nowMs, start)) return
  disagree(`${what} goes to ${member.name} while ${last.member.name} has it`)
}

/** Whether the lock of an acquired record has certainly not ended. */
function isLocked({ member, sentAtMs, start }: Acquisition, nowMs: number, now: number): boolean {
  return start === now && nowMs < sentAtMs + LOCK_MS && !member.mayBeReleasedSince(sentAtMs)
}
