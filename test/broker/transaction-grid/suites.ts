import type { Suite } from './scenario.ts'
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

export const suites: readonly Suite[] = [
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
]
