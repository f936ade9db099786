const MAX_SEQUENCE = 0x7fffffff

/** Returns the sequence that is so many records further; after 2^31 - 1 comes 0. */
export function addToSequence(sequence: number, count: number): number {
  return (sequence + count) % (MAX_SEQUENCE + 1)
}

/** Whether a sequence comes after another one, which may be -1, of no record. Counts those that have wrapped around. */
export function isAfter(sequence: number, other: number): boolean {
  return other < 0 || ((sequence - other) & MAX_SEQUENCE) < MAX_SEQUENCE / 2
}
