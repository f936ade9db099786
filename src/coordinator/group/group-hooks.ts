import type { Group } from './group.ts'

/** Observes the groups of a coordinator. The coordinator does not depend on what they do. */
export interface GroupHooks {
  /**
   * Called after a change of a group: of its state, its members, their assignment or its committed
   * offsets. The change is complete: all records of a request are replayed. A classic group also
   * calls it in the states that exist only in memory.
   *
   * @param group `undefined` if the group was deleted
   */
  changed(groupId: string, group: Group | undefined): void
  /**
   * Called when a rebalance begins, also before its records are written. Further causes of the same
   * rebalance are reported with the same epoch.
   *
   * @param epoch the generation or group epoch that the rebalance leads to
   * @param cause in words, such as `member m-1 joined`
   */
  rebalanced(groupId: string, epoch: number, cause: string): void
  /** Called after a change of the start offsets of a share group, which are stored elsewhere. */
  startOffsetsChanged(groupId: string): void
  /** Called when the groups of a partition have been loaded. */
  loaded(): void
}

/** Hooks that do nothing. */
export const noGroupHooks: GroupHooks = {
  changed: () => {},
  rebalanced: () => {},
  startOffsetsChanged: () => {},
  loaded: () => {},
}
