import type { GroupRebalance } from './group.ts'

/** The most rebalances of a group that are kept. */
const MAX_REBALANCES = 100

/** The most causes of one rebalance that are kept, such as members that joined together. */
const MAX_CAUSES = 10

interface Entry {
  readonly epoch: number
  readonly startTimeMs: number
  readonly causes: string[]
  causeCount: number
  stableTimeMs: number | undefined
}

/** The last rebalances of a group, with their causes. */
export class GroupTimeline {
  readonly #entries: Entry[] = []

  /** Returns the rebalances, oldest first. They do not change afterwards. */
  rebalances(): readonly GroupRebalance[] {
    return this.#entries.map(({ epoch, startTimeMs, stableTimeMs, causes, causeCount }) => {
      const more = causeCount - causes.length
      const cause = causes.join('; ') + (more === 0 ? '' : `; and ${more} more`)
      return { epoch, cause, startTimeMs, stableTimeMs }
    })
  }

  /** Adds a rebalance, or a cause to the last one if it leads to the same epoch. */
  add(epoch: number, cause: string, nowMs: number): void {
    const last = this.#entries.at(-1)
    if (last !== undefined && last.epoch === epoch && last.stableTimeMs === undefined) {
      last.causeCount++
      if (last.causes.length < MAX_CAUSES) last.causes.push(cause)
      return
    }
    const causes = [cause]
    this.#entries.push({
      epoch,
      startTimeMs: nowMs,
      causes,
      causeCount: 1,
      stableTimeMs: undefined,
    })
    if (this.#entries.length > MAX_REBALANCES) this.#entries.shift()
  }

  /** Whether the last rebalance is not known to be complete. */
  get isRebalancing(): boolean {
    const last = this.#entries.at(-1)
    return last !== undefined && last.stableTimeMs === undefined
  }

  /** Called when the group has become stable. */
  complete(nowMs: number): void {
    this.#entries.at(-1)!.stableTimeMs = nowMs
  }
}
