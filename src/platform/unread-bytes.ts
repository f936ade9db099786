/**
 * Bytes that are read only when they are sent, a piece at a time, so that a large answer does not have to be in memory
 * (Kafka's `TransferableRecords`, less that the kernel does not send them by itself).
 */
export interface UnreadBytes {
  /** How many there are. */
  readonly length: number
  /**
   * Fills `target` with the bytes from `position` on.
   *
   * @throws when they are not there any more
   */
  read(target: Uint8Array, position: number): void
}

/** Not by `instanceof Uint8Array`, which fails for buffers of another realm, as test runners make them. */
export function isUnread(part: Uint8Array | UnreadBytes | undefined): part is UnreadBytes {
  return part !== undefined && !ArrayBuffer.isView(part)
}
