import kafkajs, { type Kafka, type KafkaConfig, type Producer } from 'kafkajs'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../../src/index.ts'

/** The transports between kafkajs and a cluster. */
export const transports: [string, (cluster: Cluster) => Partial<KafkaConfig>][] = [
  ['over TCP', () => ({})],
  ['inside the process', ({ socketFactory }) => ({ socketFactory })],
]

/** Returns a kafkajs client that logs nothing and retries soon. */
export function kafkaFor(cluster: Cluster, options: Partial<KafkaConfig> = {}): Kafka {
  return new kafkajs.Kafka({
    clientId: 'kafkajs',
    brokers: cluster.bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    // The default is one second, which can be too short on a busy machine.
    connectionTimeout: 30_000,
    retry: { initialRetryTime: 20, maxRetryTime: 200 },
    ...options,
  })
}

/** Returns a producer that stays connected until the end of the test. */
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
