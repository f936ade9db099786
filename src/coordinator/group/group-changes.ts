import { afterThisCall } from '../../platform/turn.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { GroupHooks } from './group-hooks.ts'
import type { Group } from './group.ts'

/** The groups of a partition that have changed, until the hooks are notified. */
export class GroupChanges {
  readonly #hooks: GroupHooks
  readonly #groups: ReadonlyMap<string, Group>
  readonly #changed = new Set<string>()
  #isActive = false
  #isScheduled = false

  constructor(hooks: GroupHooks, groups: ReadonlyMap<string, Group>) {
    this.#hooks = hooks
    this.#groups = groups
  }

  /** Called when the groups are loaded. Changes before that are ignored. */
  start(): void {
    this.#isActive = true
    this.#hooks.loaded()
  }

  /** Called when this broker no longer coordinates the groups. */
  stop(): void {
    this.#isActive = false
    this.#changed.clear()
  }

  /** Notes a change. The hooks are notified by {@link flush}, or after the current call. */
  add(groupId: string): void {
    if (!this.#isActive) return
    this.#changed.add(groupId)
    if (this.#isScheduled) return
    this.#isScheduled = true
    afterThisCall(() => {
      this.#isScheduled = false
      this.flush()
    })
  }

  /**
   * Called when the records of all changes are written. Notifies the hooks when they are committed.
   *
   * @param committed a promise if they are not committed yet
   */
  flushWhen(committed: Outcome<unknown>): void {
    if (!(committed instanceof Promise)) return this.flush()
    const changed = [...this.#changed]
    this.#changed.clear()
    const addAll = (): void => {
      for (const groupId of changed) this.add(groupId)
    }
    void committed.then(addAll)
  }

  /** Notifies the hooks of all changes: the groups are in a state that others may see. */
  flush(): void {
    for (const groupId of this.#changed) {
      this.#changed.delete(groupId)
      this.#hooks.changed(groupId, this.#groups.get(groupId))
    }
  }
}
