import { mapAnswer } from '../controller/answer.ts'
import type { Outcome } from '../coordinator/runtime/outcome.ts'
import type { VerificationGuard } from '../log/producer/verification-guard.ts'
import { ApiError } from '../protocol/api-error.ts'
import { InternalTopic } from './internal-topics.ts'
import type { ReplicaManager } from './replica-manager.ts'
import type {
  RequestTransaction,
  TransactionOperation,
  TransactionVerifier,
} from './transaction-verifier.ts'

/** The first version of TxnOffsetCommit whose clients know TRANSACTION_ABORTABLE (KIP-890). */
const FIRST_VERSION_WITH_ABORTABLE_ERRORS = 4

/** The first version of TxnOffsetCommit that adds the group to the transaction (KIP-890). */
const FIRST_VERSION_THAT_ADDS_PARTITIONS = 5

/** The batches of group coordinators are not in the sequence of the producer. */
const NO_SEQUENCE = -1

/**
 * Verifies that a partition of `__consumer_offsets` belongs to the transaction of a
 * TxnOffsetCommit, or adds it. Returns the guard with which the offsets may be written. Returns the
 * error of the partition if this broker does not lead it.
 */
export function verifyOffsetCommit(
  {
    verifier,
    replicas,
  }: { verifier: TransactionVerifier; replicas: Pick<ReplicaManager, 'leader'> },
  partition: number,
  transaction: RequestTransaction,
  apiVersion: number,
): Outcome<VerificationGuard | undefined> {
  const led = replicas.leader(InternalTopic.ConsumerOffsets, partition)
  if (led instanceof ApiError) return led
  const written = { topic: InternalTopic.ConsumerOffsets, partition, baseSequence: NO_SEQUENCE }
  const results = verifier.verify(transaction, [written], operationOf(apiVersion))
  return mapAnswer(results, ([result]) => result)
}

function operationOf(apiVersion: number): TransactionOperation {
  if (apiVersion >= FIRST_VERSION_THAT_ADDS_PARTITIONS) return 'add'
  return apiVersion >= FIRST_VERSION_WITH_ABORTABLE_ERRORS ? 'verifyAbortable' : 'verify'
}
