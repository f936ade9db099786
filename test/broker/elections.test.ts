import { expect, test } from 'vitest'
import { readJsonLines } from '../support/json-lines.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { askForElections, type Exchange } from './elections/ask.ts'

/** The responses of three brokers of Kafka 4.4.0. */
const recording = new URL('elections/answers.jsonl', import.meta.url)

test('elections, reassignments and removed brokers are answered as by Kafka', async () => {
  const { cluster, call } = await startTestCluster({ brokers: 3 })
  const stop = (brokerId: number) => cluster.broker(brokerId).stop()
  const exchanges = await askForElections({ caller: { call }, stop, settle: async () => {} })
  expect(exchanges).toEqual(readJsonLines<Exchange>(recording))
})
