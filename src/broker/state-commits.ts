/**
 * The metadata log, which most answers speak of. With `durability: 'fsync'` no answer leaves before what the log holds is on the
 * disk. What coordinators keep is waited for by themselves.
 */
export class StateCommits {
  readonly #commitMetadata: () => Promise<boolean> | undefined

  /** @param commitMetadata as `ControllerOperations.commit` */
  constructor(commitMetadata: () => Promise<boolean> | undefined) {
    this.#commitMetadata = commitMetadata
  }

  /** Resolves when all of it is on the disk, or with false when that has failed; `undefined` when there is nothing to wait for. */
  pending(): Promise<boolean> | undefined {
    return this.#commitMetadata()
  }
}
