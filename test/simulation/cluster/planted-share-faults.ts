import type { PlantedFault } from './planted-faults.ts'

/** Faults of share groups that the simulator must find within 1,000 seeds. */
export const plantedShareFaults: readonly PlantedFault[] = [
  {
    name: 'the locks of acquired records never expire',
    file: 'broker/share/acquisition-lock.ts',
    search: '      onExpired(this)\n',
    replace: '',
  },
  {
    name: 'the locks of acquired records expire too early',
    file: 'broker/share/acquisition-lock.ts',
    search: 'clock.schedule(durationMs, () => {',
    replace: 'clock.schedule(durationMs / 3, () => {',
  },
  {
    name: 'a renewed lock expires at its first time',
    file: 'broker/share/acknowledge.ts',
    search: 'state.replaceLock(context.lock(memberId, firstOffset, lastOffset))',
    replace: '',
  },
  {
    name: 'a lock is renewed although its group does not allow it',
    file: 'broker/share/acknowledge.ts',
    search: 'if (!context.canRenewLocks) {',
    replace: 'if (false) {',
  },
  {
    name: 'a record whose lock has expired is not delivered again',
    file: 'broker/share/lock-timeout.ts',
    search: 'if (state.isAcquirable) inFlight.mayHaveAcquirable = true',
    replace: '',
  },
  {
    name: 'more records are acquired than a request with a limit of records allows',
    file: 'broker/share/acquire-new.ts',
    search: '? Math.min(last, firstOffset + maxRecords - 1) : last',
    replace: '? last : last',
  },
  {
    name: 'a share group with read_committed gets records of open transactions',
    file: 'broker/share/share-group-config.ts',
    search: "return isCommitted ? 'lastStableOffset' : 'highWatermark'",
    replace: "return isCommitted ? 'highWatermark' : 'highWatermark'",
  },
  {
    name: 'a share group with read_committed gets records of aborted transactions',
    file: 'broker/share/aborted-records.ts',
    search: 'return batch.isTransactional && aborting.has(producerId)',
    replace: 'return false',
  },
  {
    name: 'a record is delivered once more than its limit allows',
    file: 'broker/share/in-flight-state.ts',
    search: 'this.#deliveryCount < maxDeliveryCount) return to',
    replace: 'this.#deliveryCount <= maxDeliveryCount) return to',
  },
  {
    name: 'the delivery count does not grow',
    file: 'broker/share/in-flight-state.ts',
    search: '    this.#deliveryCount++\n',
    replace: '',
  },
  {
    name: 'acknowledged records are not stored',
    file: 'coordinator/share/write-state.ts',
    search: 'const stateBatches = combine([])',
    replace: 'const stateBatches = []',
  },
  {
    name: 'a snapshot of a share partition loses its records in flight',
    file: 'coordinator/share/write-state.ts',
    search: 'stateBatches: combine(state.stateBatches)',
    replace: 'stateBatches: combine([])',
  },
  {
    name: 'the snapshot of an unchanged share partition loses its records in flight',
    file: 'coordinator/share/cold-snapshots.ts',
    search: 'state: { ...state, snapshotEpoch',
    replace: 'state: { ...state, stateBatches: [], snapshotEpoch',
  },
  {
    name: 'share state is pruned that the last snapshots do not contain',
    file: 'coordinator/share/redundant-offsets.ts',
    search: 'for (const offset of this.#snapshots.values()) {',
    replace: 'for (const offset of [Math.max(...this.#snapshots.values())]) {',
  },
  {
    name: 'changed start offsets of a share group keep the records in flight',
    file: 'coordinator/share/initialize-state.ts',
    search: '    stateBatches: [],\n',
    replace: '    stateBatches: existing?.state.stateBatches ?? [],\n',
    seed: 44,
  },
  {
    name: 'a request for share state that fails is neither retried nor answered',
    file: 'broker/share-persister.ts',
    search: '    return delay.then((isOpen) => (isOpen ? this.send(parts, failures) : refuse()))\n',
    replace: '    return new Promise(() => {})\n',
  },
]
