import { groupRecords } from '../../../../src/coordinator/group/group-records.ts'
import type { GroupRecord } from '../../../../src/coordinator/group/group-records.ts'
import type { ShareGroupHeartbeat } from '../../../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../../../src/protocol/schema/index.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { FakeConnection, GROUP } from '../support.ts'
import type { Harness } from '../support.ts'

type HeartbeatFields = Partial<RequestOf<typeof ShareGroupHeartbeat>>

/** The partitions of a response by topic id, such as `{ id: [0, 1] }`; `null` if unchanged. */
export function assigned(response: {
  readonly assignment?:
    | { readonly topicPartitions: readonly { topicId: string; partitions: readonly number[] }[] }
    | null
    | undefined
}): Record<string, readonly number[]> | null {
  if (response.assignment === null || response.assignment === undefined) return null
  return Object.fromEntries(
    response.assignment.topicPartitions.map(({ topicId, partitions }) => [topicId, partitions]),
  )
}

/** A client of a share group, which remembers its epoch. */
export class ShareClient {
  readonly memberId: string
  readonly connection = new FakeConnection()
  memberEpoch = 0
  readonly #harness: Harness

  constructor(harness: Harness, memberId: string) {
    this.#harness = harness
    this.memberId = memberId
  }

  /** Sends a heartbeat; the response may have to wait. */
  startHeartbeat(fields: HeartbeatFields = {}) {
    const request = {
      groupId: GROUP,
      memberId: this.memberId,
      memberEpoch: this.memberEpoch,
      rackId: null,
      subscribedTopicNames: null,
      ...fields,
    }
    const context = { apiVersion: 1, clientId: 'client', connection: this.connection }
    return this.#harness.coordinator.share.heartbeat(request, context)
  }

  heartbeat(fields: HeartbeatFields = {}) {
    const response = immediate(this.startHeartbeat(fields))
    if (response.errorCode === 0) this.memberEpoch = response.memberEpoch
    return response
  }

  join(...subscribedTopicNames: string[]) {
    return this.heartbeat({ memberEpoch: 0, subscribedTopicNames })
  }

  leave() {
    return this.heartbeat({ memberEpoch: -1 })
  }
}

/** Describes a share group. */
export function describeShare(harness: Harness, groupId = GROUP) {
  const request = { groupIds: [groupId], includeAuthorizedOperations: false }
  return immediate(harness.coordinator.share.describe(request)).groups[0]!
}

/** The records of share groups in `__consumer_offsets`. */
export function shareRecords(harness: Harness): GroupRecord[] {
  const indexes = Array.from({ length: harness.log.partitionCount }, (_, index) => index)
  return indexes
    .flatMap((index) => harness.log.records(index))
    .map(({ key, value }) => groupRecords.decode(key!, value)!)
}

/** The last record of the partitions that have share state. */
export function statePartitions(harness: Harness) {
  const record = shareRecords(harness).findLast(({ kind }) => kind === 'shareGroupStatePartitions')
  return record?.kind === 'shareGroupStatePartitions' ? record.partitions : undefined
}
