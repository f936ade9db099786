import { invariant } from '../platform/invariant.ts'

/** How a {@link GroupCommit} reaches its log. */
export interface GroupCommitOptions {
  /** Everything below is on the disk already. */
  readonly durableOffset: number
  readonly logEndOffset: () => number
  /** Forces what lies from one offset up to another to the disk. Resolves in any case; a failure takes the log offline. */
  readonly sync: (fromOffset: number, toOffset: number) => Promise<void>
  /** Whether the disk can still be trusted. */
  readonly isOnline: () => boolean
}

/**
 * Forces what is appended to a log to the disk before anybody is told of it (`durability: 'fsync'`). One sync is under way at a time;
 * whatever is appended meanwhile shares the next one, so that the more there is to do the less each append costs.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  #durableOffset: number
  /** Up to where the sync that is under way reaches. */
  #targetOffset = -1
  #underWay: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#durableOffset = options.durableOffset
  }

  /** Everything below is on the disk. */
  get durableOffset(): number {
    return this.#durableOffset
  }

  /**
   * Resolves when everything that has been appended is on the disk, or the disk has failed; `undefined` when there is nothing to wait
   * for. Who waits for the same sync gets the same promise.
   */
  commit(): Promise<void> | undefined {
    const endOffset = this.#options.logEndOffset()
    if (this.#durableOffset >= endOffset || !this.#options.isOnline()) return undefined
    if (this.#underWay === undefined) return this.#begin()
    if (endOffset <= this.#targetOffset) return this.#underWay
    return (this.#next ??= this.#underWay.then(() => this.#begin()))
  }

  /** What lay at or above the offset is gone: what comes in its place has to be synced again. */
  onTruncated(offset: number): void {
    this.#durableOffset = Math.min(this.#durableOffset, offset)
    this.#targetOffset = Math.min(this.#targetOffset, offset)
  }

  #begin(): Promise<void> {
    this.#next = undefined
    this.#targetOffset = this.#options.logEndOffset()
    return (this.#underWay = this.#sync())
  }

  async #sync(): Promise<void> {
    const { sync, isOnline, logEndOffset } = this.#options
    if (isOnline()) await sync(this.#durableOffset, this.#targetOffset)
    if (isOnline()) {
      this.#durableOffset = Math.max(this.#durableOffset, this.#targetOffset)
      invariant(this.#durableOffset <= logEndOffset(), 'durable offset <= log end offset')
    }
    if (this.#next === undefined) this.#underWay = undefined
  }
}
