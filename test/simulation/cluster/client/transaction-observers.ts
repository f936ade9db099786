import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { DescribeProducers } from '../../../../src/protocol/messages/61-describe-producers.ts'
import { DescribeTransactions } from '../../../../src/protocol/messages/65-describe-transactions.ts'
import { ListTransactions } from '../../../../src/protocol/messages/66-list-transactions.ts'
import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { TransactionalId } from '../model/transactional-id.ts'
import { orLost, TRANSACTION, type Client } from './client.ts'
import { isOfCoordinator } from './offsets.ts'

export type DescribedTransaction = ResponseOf<
  typeof DescribeTransactions
>['transactionStates'][number]

const states = new Set([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'PrepareEpochFence',
  'CompleteCommit',
  'CompleteAbort',
])

/** The states of a transactional id without a transaction. */
export const restingStates: ReadonlySet<string> = new Set([
  'Empty',
  'CompleteCommit',
  'CompleteAbort',
])

/** Describes a transactional id, and checks the response. Returns undefined if it is unknown. */
export async function describeTransaction(
  client: Client,
  id: TransactionalId,
): Promise<DescribedTransaction | undefined> {
  for (;;) {
    const request = { transactionalIds: [id.name] }
    const port = () => client.coordinatorPort(id.name, TRANSACTION)
    const { response, sentAtMs } = await client.ask(port, DescribeTransactions, 0, request)
    const described = response.transactionStates[0]!
    const { errorCode } = described
    if (errorCode === ErrorCode.TransactionalIdNotFound) {
      if (id.isKnownAt(sentAtMs)) client.world.disagree(`${id.name} is forgotten`)
      return undefined
    }
    if (errorCode === ErrorCode.None) {
      checkDescribed(client, id, described, sentAtMs)
      return described
    }
    if (!isOfCoordinator(errorCode)) {
      client.world.disagree(`DescribeTransactions is answered with error ${errorCode}`)
    }
    client.forgetCoordinator(id.name)
    await client.backOff()
  }
}

function checkDescribed(
  client: Client,
  id: TransactionalId,
  described: DescribedTransaction,
  sentAtMs: number,
): void {
  const { transactionState, producerId, producerEpoch, topics } = described
  if (!states.has(transactionState)) {
    client.world.disagree(`${id.name} is in state ${transactionState}`)
  }
  id.learn({ producerId, producerEpoch }, sentAtMs, client.nowMs)
  const partitions = new Set(
    topics.flatMap(({ topic, partitions }) => partitions.map((index) => `${topic}-${index}`)),
  )
  const transaction = id.openAt(sentAtMs, client.nowMs)
  if (transaction === undefined) return
  if (transactionState !== 'Ongoing') {
    client.world.disagree(`${transaction.name} is open, and ${id.name} is in ${transactionState}`)
  }
  for (const partition of transaction.addedAt(sentAtMs)) {
    if (!partitions.has(partition)) {
      client.world.disagree(`${transaction.name} is described without ${partition}`)
    }
  }
}

/** Returns the transactional ids that a broker coordinates. Undefined if it cannot tell. */
export async function listTransactions(
  client: Client,
  port: number,
  stateFilters: readonly string[] = [],
): Promise<ReadonlyMap<string, string> | undefined> {
  const request = { stateFilters: [...stateFilters], producerIdFilters: [] }
  const response = await orLost(client.call(port, ListTransactions, client.version(0, 2), request))
  if (response === undefined) return undefined
  if (response.errorCode === ErrorCode.CoordinatorLoadInProgress) return undefined
  if (response.errorCode !== ErrorCode.None) {
    client.world.disagree(`ListTransactions is answered with error ${response.errorCode}`)
  }
  const listed = new Map<string, string>()
  for (const { transactionalId, transactionState } of response.transactionStates) {
    if (stateFilters.length > 0 && !stateFilters.includes(transactionState)) {
      client.world.disagree(`${transactionalId} is listed in ${transactionState}`)
    }
    listed.set(transactionalId, transactionState)
  }
  return listed
}

/** Describes the producers of a partition, and checks the start of each open transaction. */
export async function describeProducers(
  client: Client,
  topic: TopicModel,
  partition: number,
): Promise<void> {
  const port = await client.leaderPort(topic.id, partition)
  if (port === undefined) return
  const model = topic.partitions[partition]!
  const request = { topics: [{ name: topic.name, partitionIndexes: [partition] }] }
  const sentAtMs = client.nowMs
  const response = await orLost(client.call(port, DescribeProducers, 0, request))
  const described = response?.topics[0]?.partitions[0]
  if (described === undefined) return
  switch (described.errorCode) {
    case ErrorCode.None:
      break
    case ErrorCode.NotLeaderOrFollower:
    case ErrorCode.LeaderNotAvailable:
    case ErrorCode.KafkaStorageError:
    case ErrorCode.UnknownTopicOrPartition:
      return
    default:
      client.world.disagree(`DescribeProducers is answered with error ${described.errorCode}`)
  }
  const starts = new Map(
    described.activeProducers.map((each) => [each.producerId, each.currentTxnStartOffset]),
  )
  if (!topic.isThere(client.nowMs)) return
  model.transactions.checkProducers(starts, { sentAtMs, nowMs: client.nowMs })
}
