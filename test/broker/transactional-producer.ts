import {
  AddPartitionsToTxn,
  DescribeTransactions,
  EndTxn,
  FindCoordinator,
  InitProducerId,
} from '../../src/protocol/messages/index.ts'
import type { ResponseOf } from '../../src/protocol/schema/index.ts'
import type { Caller } from './support.ts'

/** The id and epoch of a transactional producer. */
export interface TransactionalProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Returns the id of the broker that coordinates a transactional id; -1 if none does now. Creates
 * its topic.
 */
export async function transactionCoordinatorOf(
  caller: Caller,
  transactionalId: string,
): Promise<number> {
  const request = { keyType: 1, key: '', coordinatorKeys: [transactionalId] }
  return (await caller.call(FindCoordinator, 4, request)).coordinators[0]!.nodeId
}

/** Sends InitProducerId as a new transactional producer does. */
export function initProducer(
  caller: Caller,
  transactionalId: string | null,
  fields: object = {},
  version = 5,
): Promise<ResponseOf<typeof InitProducerId>> {
  const request = { transactionalId, transactionTimeoutMs: 60_000, ...fields }
  return caller.call(InitProducerId, version, request)
}

/** Starts a transactional producer. */
export async function startProducer(
  caller: Caller,
  transactionalId: string,
  fields: object = {},
): Promise<TransactionalProducer> {
  await transactionCoordinatorOf(caller, transactionalId)
  const started = await initProducer(caller, transactionalId, fields)
  if (started.errorCode !== 0) throw new Error(`InitProducerId: error ${started.errorCode}`)
  const { producerId, producerEpoch } = started
  return { transactionalId, producerId, producerEpoch }
}

/** Adds partitions with a version that clients use. Returns the error of each. */
export async function addPartitions(
  caller: Caller,
  { transactionalId, producerId, producerEpoch }: TransactionalProducer,
  topic: string,
  partitions: number[],
  version = 3,
): Promise<number[]> {
  const { resultsByTopicV3AndBelow } = await caller.call(AddPartitionsToTxn, version, {
    transactions: [],
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions }],
  })
  return resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
  )
}

/** Commits or aborts the transaction of a producer. */
export function endTransaction(
  caller: Caller,
  producer: TransactionalProducer,
  committed: boolean,
  version = 5,
): Promise<ResponseOf<typeof EndTxn>> {
  return caller.call(EndTxn, version, { ...producer, committed })
}

/** Returns the state of a transactional id. */
export async function transactionState(caller: Caller, transactionalId: string): Promise<string> {
  const request = { transactionalIds: [transactionalId] }
  const { transactionStates } = await caller.call(DescribeTransactions, 0, request)
  return transactionStates[0]!.transactionState
}
