/** How far a member is on its way to its target assignment, with the values in stored records. */
export const MemberState = {
  /** It has its target assignment. */
  Stable: 0,
  /** It must revoke partitions before its epoch can advance. */
  UnrevokedPartitions: 1,
  /** It waits for partitions that other members have not released yet. */
  UnreleasedPartitions: 2,
  /** A later version wrote the record. */
  Unknown: 127,
} as const

export type MemberState = (typeof MemberState)[keyof typeof MemberState]

/** Returns the state with this stored value. */
export function memberStateOf(value: number): MemberState {
  const known = Object.values(MemberState).find((state) => state === value)
  return known ?? MemberState.Unknown
}
