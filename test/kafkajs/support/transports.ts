import kafkajs, { type Kafka, type KafkaConfig, type Producer } from 'kafkajs'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../../src/index.ts'

/** The ways in which kafkajs reaches a cluster. */
export const transports: [string, (cluster: Cluster) => Partial<KafkaConfig>][] = [
  ['over TCP', () => ({})],
  ['inside the process', ({ socketFactory }) => ({ socketFactory })],
]

/** A kafkajs that says nothing and tries again soon. */
export function kafkaFor(cluster: Cluster, options: Partial<KafkaConfig> = {}): Kafka {
  return new kafkajs.Kafka({
    clientId: 'kafkajs',
    brokers: cluster.bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    // By its own habit a second, which a machine that is busy may take.
    connectionTimeout: 30_000,
    retry: { initialRetryTime: 20, maxRetryTime: 200 },
    ...options,
  })
}

/** A producer that is connected until the test is over. */
export async function connectProducer(
  kafka: Kafka,
  options: Parameters<Kafka['producer']>[0] = {},
): Promise<Producer> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    ...options,
  })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer
}
