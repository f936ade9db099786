import { OdradekError } from '../platform/odradek-error.ts'
import { clusterClosed } from './cluster-closed.ts'
import { waitForEvent } from './event-wait.ts'
import type { Settlement } from './event-wait.ts'
import { conditionsText, firstBehind, holdsWhenDead, unmetConditions } from './group-conditions.ts'
import { statesOf } from './group-arguments.ts'
import type { GroupConditions, GroupDescription, GroupWaitOptions } from './group.ts'
import { ObservedGroup } from './observed-group.ts'
import { Subscribers } from './subscribers.ts'

/** A wait for conditions of a group. */
export interface GroupWait extends GroupWaitOptions {
  readonly groupId: string
  readonly conditions: GroupConditions
  /**
   * Returns the group now; the description of a dead group if it does not exist; `undefined` while
   * it has no coordinator.
   */
  current(): ObservedGroup | GroupDescription | undefined
  /** Returns what the group looks like now, for messages. */
  picture(): string
  /** Returns what to do while the group has no coordinator. */
  advice(): string
}

interface Waiter {
  /** Looks whether the conditions hold now. */
  check(): void
  onClose(): void
}

/** Notifies the waits of a cluster of the changes of groups in all of its coordinators. */
export class GroupEvents {
  readonly #waiters = new Subscribers<Waiter>()
  #isClosed = false

  /** Called when a group has changed. */
  onChanged(groupId: string): void {
    for (const waiter of this.#waiters.of(groupId)) waiter.check()
  }

  /**
   * Called when conditions of any group may hold now, because a coordinator has loaded its groups,
   * or because topics or leaders have changed.
   */
  onAnyChanged(): void {
    for (const groupId of this.#waiters.ids) this.onChanged(groupId)
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    for (const waiter of this.#waiters.clear()) waiter.onClose()
  }

  /** See `Group.waitFor`. */
  async wait(wait: GroupWait): Promise<GroupDescription> {
    if (this.#isClosed) throw clusterClosed()
    const { signal, timeoutMs } = wait
    const limits = {
      signal,
      timeoutMs,
      aborted: () => aborted(wait),
      timedOut: (limitMs: number) => timedOut(wait, limitMs),
    }
    return waitForEvent(
      limits,
      () => matching(wait),
      (settlement) => this.#watch(wait, settlement),
    )
  }

  /** Looks at the group after each change. Returns the function that ends this. */
  #watch(wait: GroupWait, settlement: Settlement<GroupDescription>): () => void {
    let unwatch = (): void => {}
    const check = (): void => {
      unwatch()
      const description = matching(wait)
      if (description !== undefined) settlement.resolve(description)
      else unwatch = watchUnread(wait, check)
    }
    const onClose = (): void => settlement.reject(clusterClosed())
    const stop = this.#waiters.add(wait.groupId, { check, onClose })
    unwatch = watchUnread(wait, check)
    return () => {
      stop()
      unwatch()
    }
  }
}

/** Returns the group if all conditions hold. */
function matching({ conditions, current }: GroupWait): GroupDescription | undefined {
  const group = current()
  if (group === undefined) return undefined
  if (!(group instanceof ObservedGroup)) return holdsWhenDead(conditions) ? group : undefined
  if (!group.isCommitted || statesOf(conditions)?.includes(group.state) === false) return undefined
  return unmetConditions(conditions, group).length === 0 ? group.description : undefined
}

/**
 * Calls back when the group may be caught up without a commit, because a transaction was aborted or
 * records were deleted. Returns a function that removes the callback.
 */
function watchUnread({ conditions, current }: GroupWait, callback: () => void): () => void {
  const group = conditions.caughtUp === true ? current() : undefined
  if (!(group instanceof ObservedGroup)) return () => {}
  const behind = firstBehind(group)
  return behind === undefined ? () => {} : group.onLessUnread(behind, callback)
}

function aborted(wait: GroupWait): OdradekError {
  const { signal, groupId, conditions } = wait
  const cause: unknown = signal?.reason
  return new OdradekError(
    'ABORTED',
    `The wait for ${conditionsText(conditions)} of group '${groupId}' was aborted by its signal: ${missingText(wait)}`,
    { cause },
  )
}

function timedOut(wait: GroupWait, timeoutMs: number): OdradekError {
  const { groupId, conditions } = wait
  return new OdradekError(
    'TIMEOUT',
    `Group '${groupId}' did not reach ${conditionsText(conditions)} within ${timeoutMs} ms: ${missingText(wait)}`,
  )
}

/** Returns what was missing, and what the group looks like. */
function missingText({ conditions, current, picture, advice }: GroupWait): string {
  const group = current()
  if (group === undefined) return `no running broker coordinates it. ${advice()}`
  if (!(group instanceof ObservedGroup)) {
    return 'it does not exist. Check the group id, and that the program under test has started'
  }
  return `${unmetConditions(conditions, group).join(', and ')}\n${picture()}`
}
