import { EventEmitter, once } from 'node:events'
import { waitMs } from './patience.ts'
import type { AcknowledgeType, AcquiredRecord } from './share-consumers.ts'

/** The deliveries and acknowledgements of a record that the consumers know of. */
interface Fate {
  /** Whether consumers always release it. */
  readonly isPoison: boolean
  /** The highest delivery count with which a consumer got it; 0 before the first delivery. */
  deliveryCount: number
  /** How often it was accepted or rejected, and the consumer knows that this is stored. */
  ends: number
  /** Whether it was accepted or rejected, and the consumer does not know the result. */
  mayHaveEnded: boolean
}

/** Collects what consumers do with the records of a share group, and finds what must not happen. */
export class DeliveredRecords {
  readonly #fates = new Map<string, Fate>()
  readonly #deliveryLimit: number
  readonly #changed = new EventEmitter()
  #ended = 0

  /** @param deliveryLimit the group's `share.delivery.count.limit` */
  constructor(deliveryLimit: number) {
    this.#deliveryLimit = deliveryLimit
  }

  /** Resolves when `count` more records were accepted or rejected. */
  async moreEnded(count: number): Promise<void> {
    const goal = this.#ended + count
    const signal = AbortSignal.timeout(waitMs)
    while (this.#ended < goal) await once(this.#changed, 'end', { signal })
  }

  /** @param isPoison whether consumers always release it */
  produced(value: string, isPoison: boolean): void {
    this.#fates.set(value, { isPoison, deliveryCount: 0, ends: 0, mayHaveEnded: false })
  }

  delivered({ value, deliveryCount }: AcquiredRecord): void {
    const fate = this.#fates.get(value)!
    fate.deliveryCount = Math.max(fate.deliveryCount, deliveryCount)
  }

  /** @param isStored false if the consumer does not know the result */
  acknowledged(value: string, type: AcknowledgeType, isStored: boolean): void {
    if (type === 'release' || type === 'renew') return
    const fate = this.#fates.get(value)!
    if (!isStored) {
      fate.mayHaveEnded = true
      return
    }
    fate.ends++
    this.#ended++
    this.#changed.emit('end')
  }

  /**
   * Returns the records that were lost, ended twice, or delivered too often, each with the reason.
   *
   * @param unseen how many deliveries of a record may be unknown, because a client had received it,
   * but not returned it when it was killed. This matters for poison: other records end before the
   * limit
   */
  problems(unseen: number): string[] {
    return [...this.#fates].flatMap(([value, fate]) => {
      const reason = this.#problemOf(fate, unseen)
      return reason === undefined ? [] : [`${value} ${reason}: ${JSON.stringify(fate)}`]
    })
  }

  summary(): string {
    const fates = [...this.#fates.values()]
    const count = (isCounted: (fate: Fate) => boolean) => fates.filter(isCounted).length
    const limit = this.#deliveryLimit
    return [
      `${fates.length} records`,
      `${count(({ deliveryCount }) => deliveryCount > 1)} delivered again`,
      `${count(({ ends, mayHaveEnded }) => ends === 0 && mayHaveEnded)} with an unknown end`,
      `${count(({ deliveryCount }) => deliveryCount === limit)} at the limit`,
    ].join(', ')
  }

  #problemOf(
    { isPoison, deliveryCount, ends, mayHaveEnded }: Fate,
    unseen: number,
  ): string | undefined {
    if (ends > 1) return 'ended more than once'
    if (deliveryCount > this.#deliveryLimit) return 'was delivered too often'
    if (deliveryCount === 0) return 'was not delivered'
    const deliveries = deliveryCount + (isPoison ? unseen : 0)
    const hasEnded = ends > 0 || mayHaveEnded || deliveries >= this.#deliveryLimit
    return hasEnded ? undefined : 'was lost'
  }
}
