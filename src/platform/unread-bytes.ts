/**
 * Bytes that are read in pieces when they are sent, so that a large response does not have to be in
 * memory (Kafka's `TransferableRecords`, except that the kernel does not send them).
 */
export interface UnreadBytes {
  /** The number of bytes. */
  readonly length: number
  /**
   * Fills `target` with the bytes from `position` on.
   *
   * @throws if they no longer exist
   */
  read(target: Uint8Array, position: number): void
}

/**
 * Not with `instanceof Uint8Array`, which fails for buffers of another realm, as test runners
 * create them.
 */
export function isUnread(part: Uint8Array | UnreadBytes | undefined): part is UnreadBytes {
  return part !== undefined && !ArrayBuffer.isView(part)
}
