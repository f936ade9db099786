import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ZERO_UUID } from '../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  FindCoordinator,
  InitProducerId,
  Metadata,
  TxnOffsetCommit,
} from '../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import { type BatchView, batchesOf } from '../../../src/record/batch-view.ts'
import { temporaryRoot } from '../../cluster/support/temporary-root.ts'
import { groupRecords } from '../../../src/coordinator/group/group-records.ts'
import { recordsOf } from '../../../src/record/records.ts'
import {
  answersUrl,
  askOffsets,
  commitOffsets,
  segmentUrl,
} from '../../coordinator/group/transactional-offsets/scenario.ts'
import {
  pendingCases,
  pendingCasesUrl,
} from '../../coordinator/group/transactional-offsets/pending-cases.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'

const VERSIONS = [0, 1, 2, 3, 4, 5, 6]
/** One partition, as in the recordings. */
const config = { 'offsets.topic.num.partitions': 1, 'transaction.state.log.num.partitions': 1 }

interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

const UNKNOWN_PRODUCER: Producer = { transactionalId: 'nobody', producerId: 99, producerEpoch: 0 }

describe('TxnOffsetCommit', () => {
  test('leaves what a real broker leaves: answers, also after a restart, and batches', async () => {
    const dataDir = temporaryRoot()
    const recorded: unknown = JSON.parse(readFileSync(answersUrl, 'utf8'))
    const first = await startTestCluster({ dataDir, config })
    await commitOffsets(await first.connect())
    expect(await askOffsets(await first.connect())).toEqual(recorded)
    await first.cluster.close()
    const second = await startTestCluster({ dataDir, config })
    expect(await askOffsets(await second.connect())).toEqual(recorded)
    const name = '00000000000000000000.log'
    const written = readFileSync(join(dataDir, '1', '__consumer_offsets-0', name))
    expect(byProducer(written)).toEqual(byProducer(readFileSync(segmentUrl)))
  })

  test('is answered as by a real broker when groups, offsets and topics are deleted meanwhile', async () => {
    const { connect } = await startTestCluster({ config })
    const lines = await pendingCases(await connect())
    expect(lines).toEqual(readFileSync(pendingCasesUrl, 'utf8').trim().split('\n'))
  })

  test.each([1, 5])(
    'of version %i is answered COORDINATOR_NOT_AVAILABLE while __consumer_offsets does not exist',
    async (version) => {
      const cluster = await startTestCluster({ config, topics: [{ name: 't' }] })
      expect(await errorOf(cluster, version, UNKNOWN_PRODUCER, ZERO_UUID)).toBe(
        ErrorCode.CoordinatorNotAvailable,
      )
    },
  )

  test.each(VERSIONS)('of version %i is refused outside of a transaction', async (version) => {
    const cluster = await startTestCluster({ config, topics: [{ name: 't' }] })
    const topicId = await topicIdOf(cluster, 't')
    for (const keyType of [0, 1]) {
      await cluster.call(FindCoordinator, 3, { key: 'g', keyType, coordinatorKeys: [] })
    }
    const commit = (producer: Producer, groupId?: string) =>
      errorOf(cluster, version, producer, topicId, groupId)
    expect(await commit(UNKNOWN_PRODUCER)).toBe(ErrorCode.InvalidProducerIdMapping)
    expect(await commit({ ...UNKNOWN_PRODUCER, transactionalId: '' })).toBe(
      ErrorCode.InvalidRequest,
    )
    expect(await commit(UNKNOWN_PRODUCER, '')).toBe(ErrorCode.InvalidGroupId)
    const producer = await init(cluster)
    const outside = [
      ErrorCode.InvalidTxnState,
      ErrorCode.InvalidTxnState,
      ErrorCode.InvalidTxnState,
      ErrorCode.InvalidTxnState,
      ErrorCode.TransactionAbortable,
      // The group is added to the transaction.
      ErrorCode.None,
      ErrorCode.None,
    ]
    expect(await commit(producer)).toBe(outside[version])
    await cluster.call(AddOffsetsToTxn, 3, { ...producer, groupId: 'g' })
    expect(await commit(producer)).toBe(ErrorCode.None)
    const later = { ...producer, producerEpoch: producer.producerEpoch + 1 }
    expect(await commit(later)).toBe(ErrorCode.InvalidProducerEpoch)
    await init(cluster)
    expect(await commit(producer)).toBe(ErrorCode.InvalidProducerEpoch)
  })
})

async function topicIdOf(cluster: TestCluster, name: string): Promise<string> {
  const { topics } = await cluster.call(Metadata, 12, {
    topics: [{ topicId: ZERO_UUID, name }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  return topics[0]!.topicId
}

async function init(cluster: TestCluster): Promise<Producer> {
  const transactionalId = 'x'
  const request = { transactionalId, transactionTimeoutMs: 60_000 }
  for (;;) {
    const { errorCode, producerId, producerEpoch } = await cluster.call(InitProducerId, 4, request)
    if (errorCode === ErrorCode.None) return { transactionalId, producerId, producerEpoch }
  }
}

/** Commits for partition 0 of topic `t`. */
async function errorOf(
  cluster: TestCluster,
  version: number,
  producer: Producer,
  topicId: string,
  groupId = 'g',
): Promise<number> {
  const partition = { partitionIndex: 0, committedOffset: 5, committedMetadata: '' }
  const request: RequestInput<typeof TxnOffsetCommit> = {
    ...producer,
    groupId,
    topics: [{ name: 't', topicId: version < 6 ? ZERO_UUID : topicId, partitions: [partition] }],
  }
  const { topics } = await cluster.call(TxnOffsetCommit, version, request)
  return topics[0]!.partitions[0]!.errorCode
}

/**
 * Returns the batches of each producer, because real markers are written later than here. Times and
 * the id of the topic differ.
 */
function byProducer(segment: Uint8Array): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {}
  for (const batch of batchesOf(segment)) {
    const { producerId, producerEpoch, baseSequence, isTransactional, isControl } = batch
    const header = { producerEpoch, baseSequence, isTransactional, isControl }
    const size = batch.bytes.length
    const batches = (found[producerId] ??= [])
    batches.push({ ...header, size, records: contentOf(batch) })
  }
  return found
}

function contentOf(batch: BatchView): unknown[] {
  return [...recordsOf(batch)].map(({ key, value }) => {
    if (batch.isControl) return [key, value].map((bytes) => Buffer.from(bytes!).toString('hex'))
    const record = groupRecords.decode(key!, value)!
    const version = value === null ? null : Buffer.from(value).readInt16BE(0)
    if (record.kind !== 'offsetCommit' || record.committed === null) return [version, record]
    const committed = { ...record.committed, commitTimestampMs: 0, topicId: '' }
    return [version, { ...record, committed }]
  })
}
