import type { Grid } from '../grid/scenario.ts'
import { Scene } from './scene.ts'
import { addPartitions } from './scenarios/add-partitions.ts'
import { badCases } from './scenarios/bad-cases.ts'
import { describe } from './scenarios/describe.ts'
import { endTxn } from './scenarios/end-txn.ts'
import { initProducerId } from './scenarios/init-producer-id.ts'
import { markers } from './scenarios/markers.ts'
import { offsets } from './scenarios/offsets.ts'
import { produce } from './scenarios/produce.ts'
import { coordinatorRestarts } from './scenarios/restarts.ts'
import { transactionVersions } from './scenarios/transaction-versions.ts'
import { twoPhaseCommit } from './scenarios/two-phase-commit.ts'

export const transactionGrid: Grid<Scene> = {
  recorded: new URL('recorded/', import.meta.url),
  config: {
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.backoff.ms': 100,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'unstable.api.versions.enable': true,
  },
  suites: [
    initProducerId,
    addPartitions,
    offsets,
    endTxn,
    produce,
    markers,
    describe,
    badCases,
    twoPhaseCommit,
    ...transactionVersions,
    coordinatorRestarts,
  ],
  openScene: (stage, prefix) => new Scene(stage, prefix),
}
