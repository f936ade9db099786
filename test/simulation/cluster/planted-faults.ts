import { plantedGroupFaults } from './planted-group-faults.ts'
import { plantedReplicationFaults } from './planted-replication-faults.ts'
import { plantedShareFaults } from './planted-share-faults.ts'

/** A fault that is planted into a copy of the source. The simulator must find it. */
export interface PlantedFault {
  readonly name: string
  /** The file in `src/`. */
  readonly file: string
  /** The text that is replaced. The file has it exactly once. */
  readonly search: string
  readonly replace: string
  /** A seed that found the fault. The search starts there, to find a rare one soon. */
  readonly seed?: number
}

/** The faults that the simulator must find within 1,000 seeds. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'a Produce is answered before its records are committed',
    file: 'broker/handlers/00-produce.ts',
    search: 'partition.committed(lastOffset + 1) : partition.durable(lastOffset + 1)',
    replace: 'undefined : undefined',
  },
  {
    name: 'an OffsetCommit is answered before its records are committed',
    file: 'coordinator/runtime/partition-runtime.ts',
    search: 'const committed = this.#partition.committed(this.#lastWrittenOffset)',
    replace: 'const committed = this.#partition.committed(-1)',
    seed: 253,
  },
  {
    name: 'a topic is created before the metadata log has it on the disk',
    file: 'controller/metadata-quorum.ts',
    search: 'return this.committed(this.#image.lastOffset)',
    replace: 'return undefined',
  },
  {
    name: 'a new broker becomes the controller while no copy of the metadata log can be read',
    file: 'controller/metadata-quorum.ts',
    search: 'throw outdated()',
    replace: 'this.#committed = { lastEpoch: 0, endOffset: 0 }',
    seed: 121,
  },
  {
    name: 'the sequence of an idempotent producer is not checked',
    file: 'log/producer/producer-append.ts',
    search: "if (this.#origin !== 'client') return undefined",
    replace: 'if (Date.length === 7) return undefined',
    seed: 485,
  },
  {
    name: 'a retried batch of an idempotent producer is not recognized, and its sequence not checked',
    file: 'log/log-appender.ts',
    search: 'checkProducers(this.#producers, batches, origin, options)',
    replace: "checkProducers(this.#producers, batches, 'replication', options)",
  },
  {
    name: 'replay ignores the tombstones of committed offsets',
    file: 'coordinator/group/offsets/committed-offsets.ts',
    search: 'if (committed === null) return this.#delete(groupId, topic, partition)',
    replace: 'if (committed === null) return',
    seed: 45,
  },
  {
    name: 'a Heartbeat does not renew the session',
    file: 'coordinator/group/classic/heartbeat.ts',
    search: '  member.session.renew(member.sessionTimeoutMs)\n',
    replace: '',
  },
  {
    name: 'a session never expires',
    file: 'coordinator/group/member-session.ts',
    search: 'this.#timer = this.#clock.schedule(timeoutMs, () => this.#events.expired())',
    replace: 'this.#timer = this.#clock.schedule(timeoutMs, () => {})',
  },
  {
    name: 'a partition of a consumer group goes to a member before its owner has revoked it',
    file: 'coordinator/group/consumer/current-assignment.ts',
    search: 'partitionEpochs.get(topicId, partition) === NO_OWNER ||',
    replace: 'Date.length === 7 ||',
  },
  {
    name: 'the sessions of a consumer group do not start again after a restart',
    file: 'coordinator/group/consumer/member-timers.ts',
    search: '    this.#isStarted = true\n',
    replace: '',
    seed: 44,
  },
  {
    name: 'a consumer group ignores new topics and partitions',
    file: 'coordinator/group/modern/modern-group.ts',
    search: 'if (topics.some((topic) => this.isSubscribedTo(topic))) {',
    replace: 'if (topics.length === -1) {',
  },
  ...plantedGroupFaults,
  ...plantedShareFaults,
  ...plantedReplicationFaults,
  {
    name: 'a Fetch that waits is not answered when its time is up',
    file: 'broker/purgatory.ts',
    search: 'clock.schedule(maxWaitMs, release)',
    replace: 'clock.schedule(maxWaitMs, () => {})',
  },
  {
    name: 'the leader epoch does not rise when brokers start again',
    file: 'controller/partitions/merge-change.ts',
    search: 'leaderEpoch: before.leaderEpoch + (hasNewLeader ? 1 : 0)',
    replace: 'leaderEpoch: before.leaderEpoch',
  },
  {
    name: 'the markers of a transaction are sent before its end is committed',
    file: 'coordinator/transaction/transaction-shard.ts',
    search: 'const committed = this.#writer.whenCommitted(transaction)',
    replace: 'const committed = transaction',
    seed: 442,
  },
  {
    name: 'a transaction that was prepared is not completed after a restart',
    file: 'coordinator/transaction/transaction-shard.ts',
    search: 'if (isPrepared(metadata.state)) completeTransaction(this, transaction)',
    replace: '',
  },
  {
    name: 'an aborted transaction is committed on one of its partitions',
    file: 'broker/handlers/27-write-txn-markers.ts',
    search: 'const type = marker.transactionResult ?',
    replace: 'const type = marker.transactionResult || index === 1 ?',
  },
  {
    name: 'AddPartitionsToTxn accepts a fenced producer',
    file: 'coordinator/transaction/add-partitions.ts',
    search: 'if (metadata.producerEpoch !== added.producerEpoch)',
    replace: 'if (metadata.producerEpoch < added.producerEpoch)',
    seed: 205,
  },
  {
    name: 'EndTxn accepts a fenced producer',
    file: 'coordinator/transaction/end-transaction.ts',
    search: 'if (metadata.producerEpoch !== producerEpoch) return',
    replace: 'if (metadata.producerEpoch < producerEpoch) return',
  },
  {
    name: 'a batch is written without a verification of its transaction',
    file: 'broker/transaction-verifier.ts',
    search: '(errorOf(partitions[index]!) ?? result)',
    replace: 'result',
  },
  {
    name: 'the offsets of a transaction are visible before its end',
    file: 'coordinator/group/offsets/committed-offsets.ts',
    search: 'if (producerId === NO_PRODUCER_ID) this',
    replace: 'if (Date.length === 7) this',
  },
  {
    name: 'the offsets of an aborted transaction are committed',
    file: 'coordinator/group/offsets/committed-offsets.ts',
    search: 'if (!isCommitted) continue',
    replace: '',
  },
  {
    name: 'a transaction never times out',
    file: 'coordinator/transaction/transaction-shard.ts',
    search: 'abortTimedOut(this)',
    replace: '',
  },
  {
    name: 'the last stable offset ignores all open transactions but the last one',
    file: 'log/producer/producer-state.ts',
    search: 'const open = this.#open[0]?.firstOffset',
    replace: 'const open = this.#open.at(-1)?.firstOffset',
  },
  {
    name: "the partition of a group's offsets gets no marker",
    file: 'broker/handlers/27-write-txn-markers.ts',
    search: 'return completeOffsets(index, marker, services)',
    replace: 'return ErrorCode.None',
  },
  {
    name: 'the transaction index misses aborted transactions',
    file: 'log/log-appender.ts',
    search: 'transactionIndex.append({ ...completed, lastStableOffset })',
    replace: '',
  },
  {
    name: 'the snapshot of the producers loses open transactions',
    file: 'log/producer/producer-state.ts',
    search: 'insert(this.#open, { producerId, firstOffset: currentTxnFirstOffset })',
    replace: '',
  },
  {
    name: 'a fetch session omits partitions whose high watermark has changed',
    file: 'broker/fetch-session.ts',
    search: 'answer.highWatermark !== cached.toldHighWatermark ||',
    replace: '',
  },
]
