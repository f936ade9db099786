import { expect, test } from 'vitest'
import { groupRecords } from '../../../../src/coordinator/group/group-records.ts'
import type { GroupRecord } from '../../../../src/coordinator/group/group-records.ts'
import {
  ConsumerGroupCurrentMemberAssignmentRecord,
  ConsumerGroupMetadataRecord,
  ConsumerGroupPartitionMetadataRecord,
} from '../../../../src/protocol/internal/consumer-group-records.ts'
import type { EncodedRecord } from '../../../../src/coordinator/runtime/coordinator-shard.ts'
import { encodeBatch } from '../../../../src/record/batch-encoder.ts'
import { GROUP, TOPIC_ID } from '../support.ts'
import type { Harness } from '../support.ts'
import { ConsumerClient, consumerHarness, describe, ofT, stableGroup } from './support.ts'

/** Adds records to the log of the group, as another version has written them. */
function addRecords(harness: Harness, records: readonly EncodedRecord[]): void {
  const index = harness.coordinator.partitionFor(GROUP)
  const batch = encodeBatch(records.map((record) => ({ ...record, timestamp: 0 })))
  harness.log.partition(index).append(batch)
}

const partitionMetadata: EncodedRecord = {
  key: ConsumerGroupPartitionMetadataRecord.encodeKey({ groupId: GROUP }),
  value: ConsumerGroupPartitionMetadataRecord.encodeValue(0, { topics: [] }),
}

test('the partition metadata from before 4.1 is deleted with the next change of the metadata', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  addRecords(harness, [partitionMetadata])
  harness.restart()
  a!.heartbeat()
  const records = harness.log.records(harness.coordinator.partitionFor(GROUP))
  const last = records.at(-1)!
  expect(groupRecords.decode(last.key!, last.value)).toEqual<GroupRecord>({
    kind: 'consumerGroupPartitionMetadata',
    groupId: GROUP,
    exists: false,
  })
  const before = records.length
  a!.heartbeat()
  expect(harness.log.records(harness.coordinator.partitionFor(GROUP))).toHaveLength(before)
})

test('a group without a metadata hash gets one with the next heartbeat', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  addRecords(harness, [
    {
      key: ConsumerGroupMetadataRecord.encodeKey({ groupId: GROUP }),
      value: ConsumerGroupMetadataRecord.encodeValue(0, { epoch: 2, metadataHash: 0n }),
    },
  ])
  harness.restart()
  a!.heartbeat()
  expect(describe(harness)).toMatchObject({ groupEpoch: 3, groupState: 'Stable' })
})

test('partitions without an epoch of their own have that of their member', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  addRecords(harness, [
    {
      key: ConsumerGroupCurrentMemberAssignmentRecord.encodeKey({ groupId: GROUP, memberId: 'a' }),
      value: ConsumerGroupCurrentMemberAssignmentRecord.encodeValue(0, {
        memberEpoch: 2,
        previousMemberEpoch: 1,
        state: 0,
        assignedPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1], assignmentEpochs: null }],
        partitionsPendingRevocation: [],
      }),
    },
  ])
  harness.restart()
  const b = new ConsumerClient(harness, 'b')
  b.join()
  a!.heartbeat()
  expect(Object.values(a!.owned)[0]).toHaveLength(1)
})

test('a member in a state of a later version must join again', () => {
  const harness = consumerHarness()
  const [a] = stableGroup(harness, ['a'])
  const value = ConsumerGroupCurrentMemberAssignmentRecord.encodeValue(0, {
    memberEpoch: 2,
    previousMemberEpoch: 1,
    state: 9,
    assignedPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1], assignmentEpochs: [2, 2] }],
    partitionsPendingRevocation: [],
  })
  addRecords(harness, [
    {
      key: ConsumerGroupCurrentMemberAssignmentRecord.encodeKey({ groupId: GROUP, memberId: 'a' }),
      value,
    },
  ])
  harness.restart()
  expect(a!.heartbeat()).toMatchObject({
    errorMessage:
      'The consumer group member is in a unknown state. ' +
      'The member must abandon all its partitions and rejoin.',
  })
  a!.join()
  expect(a!.owned).toEqual(ofT(0, 1))
})
