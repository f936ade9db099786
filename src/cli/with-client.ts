import { systemNetwork } from '../platform/network.ts'
import { SystemClock } from '../platform/system-clock.ts'
import { ClusterClient } from '../client/cluster-client.ts'

/** Connects to a cluster over TCP, and hangs up when the action is done. */
export async function withClient<T>(
  bootstrapServers: string,
  action: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const clock = new SystemClock()
  try {
    const client = await ClusterClient.connect(bootstrapServers, { network: systemNetwork, clock })
    try {
      return await action(client)
    } finally {
      await client.close()
    }
  } finally {
    clock.close()
  }
}
