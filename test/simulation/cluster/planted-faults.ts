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
    search: 'const check = checkProducers(this.#producers, batches, origin)',
    replace: "const check = checkProducers(this.#producers, batches, 'replication')",
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
]
