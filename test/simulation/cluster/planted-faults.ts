/** A fault that is planted into a copy of the source. The simulator must find it. */
export interface PlantedFault {
  readonly name: string
  /** The file in `src/`. */
  readonly file: string
  /** The text that is replaced. The file has it exactly once. */
  readonly search: string
  readonly replace: string
}

/** The faults that the simulator must find within 1,000 seeds. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'a Produce is answered before its records are committed',
    file: 'broker/handlers/00-produce.ts',
    search: 'const committed = partition.committed(lastOffset + 1)',
    replace: 'const committed = partition.committed(-1)',
  },
  {
    name: 'an OffsetCommit is answered before its records are committed',
    file: 'coordinator/runtime/partition-runtime.ts',
    search: 'const committed = this.#partition.committed(this.#lastWrittenOffset)',
    replace: 'const committed = this.#partition.committed(-1)',
  },
  {
    name: 'a topic is created before the metadata log has it on the disk',
    file: 'controller/metadata-quorum.ts',
    search: 'return this.committed(this.#image.lastOffset)',
    replace: 'return undefined',
  },
  {
    name: 'the sequence of an idempotent producer is not checked',
    file: 'log/producer/producer-append.ts',
    search: "if (this.#origin !== 'client') return undefined",
    replace: 'if (Date.length === 7) return undefined',
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
  },
  {
    name: 'a Heartbeat does not renew the session',
    file: 'coordinator/group/classic/heartbeat.ts',
    search: '  member.session.renew(member.sessionTimeoutMs)\n',
    replace: '',
  },
  {
    name: 'a session never expires',
    file: 'coordinator/group/classic/member-session.ts',
    search: 'this.#timer = this.#clock.schedule(timeoutMs, () => this.#events.expired())',
    replace: 'this.#timer = this.#clock.schedule(timeoutMs, () => {})',
  },
  {
    name: 'a Fetch that waits is not answered when its time is up',
    file: 'broker/purgatory.ts',
    search: 'clock.schedule(maxWaitMs, () => finish(attempt().result))',
    replace: 'clock.schedule(maxWaitMs, () => attempt())',
  },
  {
    name: 'the leader epoch does not rise when brokers start again',
    file: 'controller/apply-record.ts',
    search: 'leaderEpoch: before.leaderEpoch + (hasNewLeader ? 1 : 0)',
    replace: 'leaderEpoch: before.leaderEpoch',
  },
  {
    name: 'the markers of a transaction are sent before its end is committed',
    file: 'coordinator/transaction/transaction-shard.ts',
    search: 'const committed = this.#writer.whenCommitted(transaction)',
    replace: 'const committed = transaction',
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
    search: 'answer.highWatermark !== cached.highWatermark ||',
    replace: '',
  },
]
