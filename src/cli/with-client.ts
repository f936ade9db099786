import { KafkaClient } from '../client/kafka-client.ts'
import { keepProcessAlive } from '../platform/keep-alive.ts'
import { systemNetwork } from '../platform/network.ts'
import { systemRandom } from '../platform/random.ts'
import { SystemClock } from '../platform/system-clock.ts'

/** The time for which a command tries to reach an unreachable cluster. */
const UNREACHABLE_TIMEOUT_MS = 2_000
/** The time for which a command retries transient errors. */
const RETRY_TIMEOUT_MS = 30_000

/** Connects to a cluster over TCP, and closes the client when the action is done. */
export async function withClient<T>(
  bootstrapServers: string,
  action: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const clock = new SystemClock()
  const letEnd = keepProcessAlive()
  const client = new KafkaClient(
    {
      bootstrapServers,
      clientId: 'odradek-cli',
      retryTimeoutMs: RETRY_TIMEOUT_MS,
      unreachableTimeoutMs: UNREACHABLE_TIMEOUT_MS,
    },
    { network: systemNetwork, clock, random: systemRandom },
  )
  try {
    await client.connect()
    return await action(client)
  } finally {
    client.close()
    clock.close()
    letEnd()
  }
}
