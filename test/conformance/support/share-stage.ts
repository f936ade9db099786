import { connect } from 'node:net'
import type { Cluster, ClusterOptions } from '../../../src/index.ts'
import { startCluster } from '../../../src/index.ts'
import { IncrementalAlterConfigs, Produce } from '../../../src/protocol/messages/index.ts'
import { batch, produceRequest } from '../../broker/support.ts'
import { portsInARow } from '../../cluster/support/ports.ts'
import { KafkaConnection } from '../../support/kafka-connection.ts'

const GROUP = 'group'
const GROUP_RESOURCE = 32
const SET = 0

/** A broker with topics of two partitions, and a share group that reads them from the start. */
export class ShareStage {
  readonly cluster: Cluster
  #connection: KafkaConnection

  private constructor(cluster: Cluster, connection: KafkaConnection) {
    this.cluster = cluster
    this.#connection = connection
  }

  static async start(topics: readonly string[], options: ClusterOptions = {}): Promise<ShareStage> {
    const cluster = await startCluster({
      ...options,
      topics: topics.map((name) => ({
        name,
        partitions: 2,
        // The records have a fixed time, and retention first runs after half a minute.
        configs: { 'retention.ms': -1 },
      })),
      // The port stays free while the broker is stopped.
      port: await portsInARow(1),
      logLevel: 'silent',
    })
    const connection = connectionTo(cluster)
    await readFromStart(connection, GROUP)
    return new ShareStage(cluster, connection)
  }

  /** The group of the consumers. */
  get group() {
    return this.cluster.group(GROUP)
  }

  /** Returns the configs of a consumer. */
  configs(mode: 'implicit' | 'explicit'): Record<string, string> {
    return {
      'bootstrap.servers': this.cluster.bootstrapServers,
      'group.id': GROUP,
      'share.acknowledgement.mode': mode,
    }
  }

  /** Produces records, in turn to each partition, one per batch. Returns their values. */
  async produce(topic: string, count: number, from = 0): Promise<string[]> {
    const values = Array.from({ length: count }, (_, index) => `${topic}-${from + index}`)
    for (const [index, value] of values.entries()) {
      const records = [{ index: index % 2, records: batch([value]) }]
      await this.#connection.call(Produce, 12, produceRequest(topic, records))
    }
    return values
  }

  /** Kills the broker and starts it again. */
  async restart(): Promise<void> {
    await this.cluster.broker(1).kill()
    await this.cluster.broker(1).start()
    this.#connection = connectionTo(this.cluster)
  }

  close(): Promise<void> {
    this.#connection.close()
    return this.cluster.close()
  }
}

function connectionTo({ brokers }: Cluster): KafkaConnection {
  const { host, port } = brokers[0]!
  return new KafkaConnection(connect({ host, port }))
}

/** Lets a share group read partitions from their start. */
export async function readFromStart(connection: KafkaConnection, group: string): Promise<void> {
  const configs = [{ name: 'share.auto.offset.reset', configOperation: SET, value: 'earliest' }]
  const resource = { resourceType: GROUP_RESOURCE, resourceName: group, configs }
  await connection.call(IncrementalAlterConfigs, 1, { resources: [resource], validateOnly: false })
}
