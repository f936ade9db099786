import type { Group } from './group.ts'

/** The groups of a partition, as the replay of records changes them. */
export interface GroupStore {
  get(groupId: string): Group | undefined
  /** Adds a group, or replaces the one with the same id. */
  put(group: Group): void
  /** Deletes the group with this id, if there is one. */
  remove(groupId: string): void
}
