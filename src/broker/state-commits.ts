import type { Partition } from './partition.ts'

/**
 * The logs that hold the state that answers speak of: the controller's, and those in which coordinators keep groups. With
 * `durability: 'fsync'` no answer leaves before what they hold is on the disk, whichever request or timer brought it there.
 */
export class StateCommits {
  readonly #commitMetadata: () => Promise<boolean> | undefined
  readonly #partitions = new Set<Partition>()

  /** @param commitMetadata as `ControllerOperations.commit` */
  constructor(commitMetadata: () => Promise<boolean> | undefined) {
    this.#commitMetadata = commitMetadata
  }

  /** Something of the state was appended to this partition. */
  add(partition: Partition): void {
    if (pendingOf(partition) !== undefined) this.#partitions.add(partition)
  }

  /** Resolves when all of it is on the disk, or with false when that has failed; `undefined` when there is nothing to wait for. */
  pending(): Promise<boolean> | undefined {
    const waiting: Promise<boolean>[] = []
    const metadata = this.#commitMetadata()
    if (metadata !== undefined) waiting.push(metadata)
    for (const partition of this.#partitions) {
      const committed = pendingOf(partition)
      if (committed === undefined) this.#partitions.delete(partition)
      else waiting.push(committed)
    }
    if (waiting.length === 0) return undefined
    return Promise.all(waiting).then((results) => results.every((isDurable) => isDurable))
  }
}

function pendingOf(partition: Partition): Promise<boolean> | undefined {
  return partition.committed(partition.log.logEndOffset)
}
