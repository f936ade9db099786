import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { groupRecords } from '../../../../src/coordinator/group/group-records.ts'
import { batchesOf } from '../../../../src/record/batch-view.ts'
import { recordsOf } from '../../../../src/record/records.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { temporaryRoot } from '../../../cluster/support/temporary-root.ts'
import { startTestCluster } from '../../../support/test-cluster.ts'
import { recordings } from '../recorded-cases/recordings.ts'
import { streamsCasesUrl } from '../recorded-cases/streams-cases.ts'
import { StreamsHarness } from './support.ts'
import { readJsonLines } from '../../../support/json-lines.ts'

/**
 * The partition of `__consumer_offsets` that a real 4.4.0 broker wrote for
 * `recorded-cases/streams-cases.ts`, and how it described the streams groups after a restart.
 */
const log = readFileSync(new URL('recorded/consumer-offsets-4.4.0.log', import.meta.url))
const described = readJsonLines<{ groupId: string; members: { memberId: string }[] }>(
  new URL('recorded/described-4.4.0.jsonl', import.meta.url),
)

test('groups that Kafka stored are described as Kafka describes them', () => {
  const harness = new StreamsHarness()
  harness.log.partitionCount = 1
  harness.log.add(0, new Uint8Array(log))
  harness.restart()
  const groups = immediate(
    harness.coordinator.streams.describe({
      groupIds: described.map(({ groupId }) => groupId),
      includeAuthorizedOperations: false,
      includeTopologyDescription: false,
    }),
  )
  expect(groups.map(withSortedMembers)).toMatchObject(described.map(withSortedMembers))
})

test('the records of streams groups have the bytes that Kafka writes', () => {
  const kinds = new Set<string>()
  for (const batch of batchesOf(new Uint8Array(log))) {
    for (const { key, value } of recordsOf(batch)) {
      const record = groupRecords.decode(key!, value)
      if (!record?.kind.startsWith('streams')) continue
      kinds.add(value === null ? `-${record.kind}` : record.kind)
      const encoded = groupRecords.encode(record)
      expect(hex(encoded.key)).toBe(hex(key))
      expect(hex(encoded.value)).toBe(hex(value))
    }
  }
  expect([...kinds].sort()).toEqual([
    '-streamsGroupCurrentMemberAssignment',
    '-streamsGroupMemberMetadata',
    '-streamsGroupMetadata',
    '-streamsGroupTargetAssignmentMember',
    '-streamsGroupTargetAssignmentMetadata',
    '-streamsGroupTopology',
    'streamsGroupCurrentMemberAssignment',
    'streamsGroupMemberMetadata',
    'streamsGroupMetadata',
    'streamsGroupTargetAssignmentMember',
    'streamsGroupTargetAssignmentMetadata',
    'streamsGroupTopology',
  ])
})

test('the same requests leave the same batches with the same records', async () => {
  const dataDir = temporaryRoot()
  const { title, config, run } = recordings.find(({ url }) => url === streamsCasesUrl)!
  expect(title).toContain('streams groups')
  const { cluster, connect } = await startTestCluster({ profile: 'faithful', config, dataDir })
  await run(() => connect())
  await cluster.close()
  const written = readFileSync(join(dataDir, '1/__consumer_offsets-0/00000000000000000000.log'))
  expect(batches(written)).toEqual(batches(log))
})

/** The fields of records that differ in each run: times, ids of topics and hashes of both. */
const changing: ReadonlySet<string> = new Set([
  'assignmentTimestamp',
  'commitTimestampMs',
  'currentStateTimestampMs',
  'metadataHash',
  'topicId',
])

/** Returns the records of each batch as JSON, in the order of the log. */
function batches(bytes: Uint8Array): string[][] {
  return [...batchesOf(new Uint8Array(bytes))].map((batch) =>
    [...recordsOf(batch)].map(({ key, value }) =>
      JSON.stringify(groupRecords.decode(key!, value), (name, field: unknown) =>
        changing.has(name) ? typeof field : field,
      ),
    ),
  )
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString('hex')
}

function withSortedMembers<T extends { readonly members: readonly { memberId: string }[] }>(
  group: T,
): T {
  const members = group.members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  return { ...group, members }
}
