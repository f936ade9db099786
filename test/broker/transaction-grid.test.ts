import { compareWithRecording } from './grid/replay.ts'
import { transactionGrid } from './transaction-grid/suites.ts'

/** Scenarios that differ from Kafka, with the row of docs/differences.md. */
const expectedDifferences: ReadonlyMap<string, string> = new Map(
  [1, 2].map((protocol) => [
    `DeleteRecords into a batch of an open transaction (protocol ${protocol})`,
    'the last stable offset while the log starts within an open transaction',
  ]),
)

compareWithRecording(
  transactionGrid,
  'exchanges about transactions are those of Kafka:',
  expectedDifferences,
)
