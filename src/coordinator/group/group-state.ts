import type { Group } from './group.ts'
import type { CommittedOffsets } from './offsets/committed-offsets.ts'

/** The state of one partition of `__consumer_offsets`, as handlers read it. */
export interface GroupState {
  readonly groups: ReadonlyMap<string, Group>
  readonly offsets: Pick<
    CommittedOffsets,
    'get' | 'ofGroup' | 'entries' | 'isPending' | 'hasPending' | 'pendingOfGroup'
  >
}
