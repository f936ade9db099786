/**
 * Finds the offset in a partition of `__share_group_state` below which every record is superseded
 * by a later snapshot (Kafka's `ShareCoordinatorOffsetsManager`).
 */
export class RedundantOffsets {
  /** The offset of the last snapshot of each share partition. */
  readonly #snapshots = new Map<string, number>()
  #redundantOffset = Infinity

  /**
   * Notes a snapshot.
   *
   * @param isDeleted whether it deletes the share partition
   */
  onSnapshot(key: string, offset: number, isDeleted: boolean): void {
    this.#redundantOffset = Math.min(this.#redundantOffset, offset)
    this.#snapshots.set(key, offset)
    this.#redundantOffset = this.#least()
    if (isDeleted) this.#snapshots.delete(key)
  }

  /** The offset before which records can be deleted; `undefined` if there are none. */
  get redundantOffset(): number | undefined {
    const offset = this.#redundantOffset
    return offset > 0 && offset !== Infinity ? offset : undefined
  }

  /** Stops early: no snapshot can be below the last offset found. */
  #least(): number {
    let least = Infinity
    for (const offset of this.#snapshots.values()) {
      least = Math.min(least, offset)
      if (least === this.#redundantOffset) return least
    }
    return least
  }
}
