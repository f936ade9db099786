import type { EffectiveGroupConfig } from '../../../controller/effective-group-config.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupRecord } from '../group-records.ts'
import type { StatusDetail } from './heartbeat-status.ts'
import type { HeartbeatStatus } from './heartbeat-status.ts'
import type { StreamsGroup } from './streams-group.ts'

/** A heartbeat with the records and statuses that it has decided so far. */
export interface HeartbeatDraft {
  readonly context: GroupContext
  readonly request: RequestOf<typeof StreamsGroupHeartbeat>
  readonly group: StreamsGroup
  readonly config: EffectiveGroupConfig
  readonly nowMs: number
  readonly records: GroupRecord[]
  readonly statuses: StatusDetail[]
}

/** Adds a condition to the response. */
export function addStatus(
  { statuses }: Pick<HeartbeatDraft, 'statuses'>,
  statusCode: HeartbeatStatus,
  statusDetail: string,
): void {
  statuses.push({ statusCode, statusDetail })
}
