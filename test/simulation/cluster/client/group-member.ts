import type { Client } from './client.ts'

/** How a member ends: with a request that leaves its group, or without one. */
export type Ending = 'leaves' | 'vanishes'

/** A member of a group of any kind, as the end of a history sees it. */
export interface GroupMember {
  readonly client: Client
  readonly group: string
  /** The topics of the subscription, by name. */
  readonly topics: readonly string[]
  /** Whether a partition may have several owners, as in a share group. Default: it has one. */
  readonly sharesPartitions?: boolean
  /** Resolves when the member has left, or has disappeared. */
  readonly ended: Promise<void>
  readonly hasEnded: boolean
  /** Whether it is in the middle of something that the history waits for. */
  readonly isWorking: boolean
  /** The generation or the member epoch. */
  readonly generation: number
  /**
   * The assigned partitions, such as `topic-0`, sorted. Undefined while the member is not in the
   * group.
   */
  readonly owned: readonly string[] | undefined
  end(ending: Ending): void
}
