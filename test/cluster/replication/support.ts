import type { ClusterOptions } from '../../../src/index.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { Metadata } from '../../../src/protocol/messages/index.ts'
import { fetchOne, metadataRequest, produce, valuesOf, batch } from '../../broker/support.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'

/** A cluster of three brokers with the topic `orders`: one partition, whose replicas all have. */
export interface ReplicatedCluster extends TestCluster {
  /** Describes partition 0 of `orders`, as a broker that runs knows it. */
  partition(): Promise<PartitionState>
  /** Produces one record with `acks=all` to the leader. Resolves with the error code. */
  send(value: string): Promise<number>
  /** Reads all values from the leader. */
  read(): Promise<string[]>
}

export interface PartitionState {
  readonly leader: number
  readonly epoch: number
  readonly isr: readonly number[]
  readonly offline: readonly number[]
}

export async function startReplicated(
  configs: Readonly<Record<string, string>> = {},
  options: ClusterOptions = {},
): Promise<ReplicatedCluster> {
  const topics = [{ name: 'orders', partitions: 1, replicas: 3, configs }]
  const kit = await startTestCluster({ brokers: 3, topics, ...options })
  const { cluster } = kit
  const partition = async (): Promise<PartitionState> => {
    const { id } = cluster.brokers.find((broker) => cluster.broker(broker.id).isRunning)!
    const caller = await kit.connect(id)
    const { topics: found } = await caller.call(Metadata, 12, metadataRequest([{ name: 'orders' }]))
    const [described] = found[0]!.partitions
    return {
      leader: described!.leaderId,
      epoch: described!.leaderEpoch,
      isr: [...described!.isrNodes].sort(),
      offline: described!.offlineReplicas,
    }
  }
  const toLeader = async () => kit.connect((await partition()).leader)
  return {
    ...kit,
    partition,
    send: async (value) => (await produce(await toLeader(), 'orders', batch([value]))).errorCode,
    read: async () => valuesOf((await fetchOne(await toLeader(), 'orders')).records),
  }
}

/** Waits until a condition holds that brokers bring about in turns of the event loop. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 2000; turns++) {
    if (await condition()) return
    await systemTurn.next()
  }
  throw new Error('the condition does not hold after 2000 turns of the event loop')
}
