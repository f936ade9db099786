import { disagree } from '../../agree.ts'
import type { Transaction } from './transaction.ts'

/** A transaction that transforms the records of a partition from one offset up to another. */
interface Transform {
  readonly from: number
  readonly to: number
  readonly transaction: Transaction
}

/** Checks that each record is transformed exactly once (consume-transform-produce). */
export class TransformsModel {
  readonly #transforms = new Map<string, Map<string, Transform[]>>()

  /** @param partition such as `orders-0` */
  begin(group: string, partition: string, transform: Transform): void {
    const ofGroup = this.#transforms.get(group) ?? new Map<string, Transform[]>()
    this.#transforms.set(group, ofGroup)
    ofGroup.set(partition, [...(ofGroup.get(partition) ?? []), transform])
  }

  /**
   * Checks all committed transactions of a group, when no transaction is open: each begins where
   * another one ended, and the last one ends at the committed offset.
   *
   * @param isKnown whether the offsets of a partition have never been deleted
   */
  check(
    group: string,
    committed: ReadonlyMap<string, number>,
    isKnown: (partition: string) => boolean,
  ): void {
    for (const [partition, transforms] of this.#transforms.get(group) ?? []) {
      if (!isKnown(partition)) continue
      let expected = 0
      const done = transforms
        .filter(({ transaction }) => transaction.ending === 'committed')
        .sort((a, b) => a.from - b.from)
      for (const { from, to, transaction } of done) {
        if (from !== expected) {
          disagree(
            `${transaction.name} transforms ${partition} from ${from} instead of ${expected}`,
          )
        }
        expected = to
      }
      const offset = Math.max(0, committed.get(partition) ?? 0)
      if (offset === expected) continue
      disagree(`${group} has transformed ${partition} up to ${expected}, and committed ${offset}`)
    }
  }
}
