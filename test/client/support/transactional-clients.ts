import type { IsolationLevel } from '../../../src/client/list-offsets.ts'
import type { TopicPartition } from '../../../src/client/topic-partition.ts'
import { advanceUntil, startTestClients, type TestClients } from './test-client.ts'

const PARTITIONS = 3
const topics = ['orders', 'invoices'].map((name) => ({ name, partitions: PARTITIONS }))

/** The levels of transaction.version that differ for clients. */
export const protocols = [1, 2]

/** Returns all partitions of a topic. */
export function partitionsOf(topic: string): TopicPartition[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
}

/** Starts a cluster with a level of transaction.version, and clients of it. */
export async function startWithVersion(level: number, options = {}): Promise<TestClients> {
  const features = { 'transaction.version': level }
  return startTestClients({ brokers: 2, topics, features }, options)
}

/** Returns the values of a topic by partition, up to its end. */
export async function read(
  { newClient, clock }: TestClients,
  topic: string,
  isolationLevel: IsolationLevel,
): Promise<string[][]> {
  const consumer = newClient().consumer({ autoOffsetReset: 'earliest', isolationLevel })
  const partitions = partitionsOf(topic)
  consumer.assign(partitions)
  const values = partitions.map((): string[] => [])
  while (!partitions.every((each) => consumer.currentLag(each) === 0)) {
    const records = await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))
    for (const record of records) values[record.partition]!.push(String(record.value))
  }
  await consumer.close()
  return values
}
