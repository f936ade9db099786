/** Consecutive records that a member has acquired, as a ShareFetch response contains them. */
export interface AcquiredRecords {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/** The result of an acquisition (Kafka's `ShareAcquiredRecords`). */
export interface Acquisition {
  readonly records: readonly AcquiredRecords[]
  /** The number of acquired offsets. */
  readonly count: number
}

export const NOTHING_ACQUIRED: Acquisition = { records: [], count: 0 }

/** Appends a record to a list, or to its last element if that continues with it. */
export function appendAcquired(
  list: AcquiredRecords[],
  offset: number,
  deliveryCount: number,
): void {
  const last = list.at(-1)
  if (last?.lastOffset === offset - 1 && last.deliveryCount === deliveryCount) {
    list[list.length - 1] = { ...last, lastOffset: offset }
  } else {
    list.push({ firstOffset: offset, lastOffset: offset, deliveryCount })
  }
}
