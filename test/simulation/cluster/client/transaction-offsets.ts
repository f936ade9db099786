import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { TxnOffsetCommit } from '../../../../src/protocol/messages/28-txn-offset-commit.ts'
import type { Transaction } from '../model/transaction.ts'
import { orLost } from './client.ts'
import { byTopic, isOfCoordinator } from './offsets.ts'
import type { TransactionCalls, Verdict } from './transaction-calls.ts'
import type { PlannedOffsets } from './transactional-producer.ts'

const MAX_ATTEMPTS = 400

/** Errors of a member that is no longer in the generation (KIP-447). */
const stale = new Set<number>([
  ErrorCode.IllegalGeneration,
  ErrorCode.UnknownMemberId,
  ErrorCode.FencedInstanceId,
  ErrorCode.RebalanceInProgress,
])

/** Commits the offsets of a group in a transaction. */
export async function commitOffsetsIn(
  transaction: Transaction,
  { group, offsets, committer }: PlannedOffsets,
  calls: TransactionCalls,
  isImplicit: boolean,
): Promise<Verdict> {
  const { client } = calls
  const { model } = client.world
  const nowMs = (): number => client.nowMs
  const version = isImplicit ? 5 : client.version(committer.generation >= 0 ? 3 : 0, 4)
  const wasFenced = transaction.session.isFenced
  for (const [partition, offset] of wasFenced ? [] : offsets) {
    model.offsets.beginInTransaction(group, partition, offset, { transaction, nowMs })
  }
  const request = {
    transactionalId: calls.id.name,
    groupId: group,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    generationIdOrMemberEpoch: committer.generation,
    memberId: committer.memberId,
    groupInstanceId: committer.instanceId,
    topics: byTopic(offsets.keys()).map(({ name, partitions }) => ({
      name,
      topicId: ZERO_UUID,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: offsets.get(`${name}-${partitionIndex}`)!,
        committedMetadata: '',
      })),
    })),
  }
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const port = await client.coordinatorPort(group)
    transaction.start(client.nowMs)
    const response = await orLost(client.call(port, TxnOffsetCommit, version, request))
    if (response === undefined) {
      calls.hasLost = true
      client.forgetCoordinator(group)
      await client.backOff()
      continue
    }
    const errors = response.topics.flatMap(({ partitions }) => partitions.map((p) => p.errorCode))
    const errorCode = errors.find((code) => code !== ErrorCode.None)
    if (errorCode === undefined) {
      if (wasFenced) client.world.disagree('TxnOffsetCommit accepts a fenced producer')
      transaction.hasOffsets = true
      return 'ok'
    }
    // Some partitions may have been written.
    calls.hasLost = true
    if (stale.has(errorCode)) return 'abort'
    if (isOfCoordinator(errorCode)) client.forgetCoordinator(group)
    const verdict = isImplicit
      ? calls.implicitVerdict(errorCode, 'TxnOffsetCommit', transaction)
      : calls.verdict(errorCode, 'TxnOffsetCommit', transaction)
    if (verdict !== 'again') return verdict
    await client.backOff()
  }
  return client.world.disagree(`TxnOffsetCommit to ${group} never succeeds`)
}
