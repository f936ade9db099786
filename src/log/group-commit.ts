import { invariant } from '../platform/invariant.ts'

/** The parts of a log that a {@link GroupCommit} uses. */
export interface GroupCommitOptions {
  /** Records below this offset are on the disk already. */
  readonly durableOffset: number
  readonly logEndOffset: () => number
  /**
   * Forces the records between two offsets to the disk. Always resolves; a failure takes the log
   * offline.
   */
  readonly sync: (fromOffset: number, toOffset: number) => Promise<void>
  /** Returns false after a storage failure. */
  readonly isOnline: () => boolean
}

/**
 * Forces appended records to the disk before they are acknowledged (`durability: 'fsync'`). At most
 * one sync runs at a time. All appends during a sync share the next one, so the cost per append
 * decreases under load.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions
  #durableOffset: number
  /** The end offset of the running sync. */
  #targetOffset = -1
  #underWay: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#durableOffset = options.durableOffset
  }

  /** Records below this offset are on the disk. */
  get durableOffset(): number {
    return this.#durableOffset
  }

  /**
   * Resolves when everything appended so far is on the disk, or the disk has failed. Returns
   * undefined if there is nothing to wait for. Callers that wait for the same sync get the same
   * promise.
   */
  commit(): Promise<void> | undefined {
    const endOffset = this.#options.logEndOffset()
    if (this.#durableOffset >= endOffset || !this.#options.isOnline()) return undefined
    if (this.#underWay === undefined) return this.#begin()
    if (endOffset <= this.#targetOffset) return this.#underWay
    return (this.#next ??= this.#underWay.then(() => this.#begin()))
  }

  /** Records at or above the offset were removed: their replacements need a new sync. */
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
