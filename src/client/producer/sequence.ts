const MAX_SEQUENCE = 0x7fffffff

/** Returns the sequence after this many records; 2^31 - 1 is followed by 0. */
export function addToSequence(sequence: number, count: number): number {
  return (sequence + count) % (MAX_SEQUENCE + 1)
}

/** Whether a sequence comes after another one, which may be -1 (none). Handles wrap-around. */
export function isAfter(sequence: number, other: number): boolean {
  return other < 0 || ((sequence - other) & MAX_SEQUENCE) < MAX_SEQUENCE / 2
}
