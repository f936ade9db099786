import { connect } from 'node:net'
import { describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { portsInARow } from '../cluster/support/ports.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { patienceMs, waitMs } from './support/patience.ts'
import type { MortalBrokers } from './support/share-crash-run.ts'
import { ShareCrashRun } from './support/share-crash-run.ts'
import { ShareConsumers } from './support/share-consumers.ts'
import { readFromStart } from './support/share-stage.ts'
import { testSeed } from '../support/seed.ts'

/** Per client. */
const crashes = Number(process.env['ODRADEK_CRASHES'] ?? 3)
const brokers = 3
const partitions = 3
const deliveryLimit = 5
const group = 'group'

const { go, kafka, python } = inject('tools')

const clients = [
  { client: 'kafka-clients', missing: kafka.missing, start: () => ShareConsumers.java(kafka) },
  { client: 'librdkafka', missing: python.missing, start: () => ShareConsumers.librdkafka(python) },
  { client: 'franz-go', missing: go.missing, start: () => ShareConsumers.franzGo(go) },
]

async function startBrokers() {
  const cluster = await startCluster({
    brokers,
    port: await portsInARow(brokers),
    topics: [{ name: 'jobs', partitions }],
    logLevel: 'silent',
    config: {
      'offsets.topic.num.partitions': partitions,
      'share.coordinator.state.topic.num.partitions': partitions,
      'group.share.delivery.count.limit': deliveryLimit,
      // Otherwise partitions wait for a consumer that was killed together with its coordinator.
      'group.share.min.session.timeout.ms': 1000,
      'group.share.session.timeout.ms': 10_000,
      'group.share.min.heartbeat.interval.ms': 500,
      'group.share.heartbeat.interval.ms': 500,
      // A client that loses track of a record does not delay the test.
      'group.share.min.record.lock.duration.ms': 1000,
      'group.share.record.lock.duration.ms': 3000,
    },
  })
  const { host, port } = cluster.brokers[0]!
  const connection = new KafkaConnection(connect({ host, port }))
  await readFromStart(connection, group)
  connection.close()
  const mortal: MortalBrokers = {
    bootstrapServers: cluster.bootstrapServers,
    brokerIds: cluster.brokers.map(({ id }) => id),
    kill: (id) => cluster.broker(id).kill(),
    start: (id) => cluster.broker(id).start(),
    caughtUp: () => cluster.group(group).waitFor({ caughtUp: true }, { timeoutMs: waitMs }),
  }
  return { cluster, mortal }
}

describe.concurrent('share consumers and brokers that are killed', () => {
  for (const { client, missing, start } of clients) {
    const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
    test.skipIf(missing !== undefined)(
      `${client}: every record ends once, over ${crashes} crashes${skipped}`,
      async () => {
        const { cluster, mortal } = await startBrokers()
        const random = new SeededRandom(testSeed)
        const run = new ShareCrashRun(mortal, { random, deliveryLimit })
        try {
          await run.start(start, {
            'bootstrap.servers': mortal.bootstrapServers,
            'group.id': group,
            'share.acknowledgement.mode': 'explicit',
          })
          for (let crash = 0; crash < crashes; crash++) await run.crash()
          expect(await run.finish()).toEqual([])
        } finally {
          console.log(`${client}: ${run.summary()}`)
          await run.close()
          await cluster.close()
        }
      },
      patienceMs + crashes * 15_000,
    )
  }
})
