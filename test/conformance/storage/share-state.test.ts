import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { groupRecords } from '../../../src/coordinator/group/group-records.ts'
import type { RecordSerde } from '../../../src/coordinator/runtime/coordinator-shard.ts'
import { shareStateRecords } from '../../../src/coordinator/share/share-state-records.ts'
import { startCluster } from '../../../src/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { runJavaTool, toolOptions } from '../support/java-tools.ts'
import { patienceMs } from '../support/patience.ts'
import { RawClient } from '../support/raw-client.ts'
import { clusterId, RealBroker } from '../support/real-broker.ts'
import {
  askShareState,
  brokerConfig,
  changeShareState,
  realBrokerConfig,
} from '../support/share-states.ts'
import type { ShareAnswers } from '../support/share-states.ts'

const { kafka, java } = inject('tools')
const LOG = '00000000000000000000.log'
const OFFSETS_LOG = join('__consumer_offsets-0', LOG)
const STATE_LOG = join('__share_group_state-0', LOG)

describe.skipIf(kafka.missing !== undefined || java.missing !== undefined)(
  'a data directory with share groups',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-share-'))
    const written = { ours: join(root, 'ours'), theirs: join(root, 'theirs') }
    let answered: Record<'ours' | 'theirs', ShareAnswers>

    beforeAll(async () => {
      const dataDir = join(root, 'cluster')
      const options = { dataDir, clusterId, profile: 'faithful', config: brokerConfig } as const
      const cluster = await startCluster(options)
      await withClient(cluster.brokers[0]!, changeShareState)
      await cluster.close()
      cpSync(join(dataDir, '1'), written.ours, { recursive: true })

      const broker = await RealBroker.start(kafka, realBrokerConfig)
      try {
        await withClient(broker, changeShareState)
        await broker.stop()
        cpSync(broker.dataDir, written.theirs, { recursive: true })
        await broker.start()
        const theirs = await withClient(broker, askShareState)
        await broker.stop()
        rmSync(broker.dataDir, { recursive: true })
        cpSync(written.ours, broker.dataDir, { recursive: true })
        await broker.start()
        answered = { ours: await withClient(broker, askShareState), theirs }
      } finally {
        await broker.close()
      }
    }, patienceMs)

    afterAll(() => rmSync(root, { recursive: true, force: true }))

    test.each([
      ['__share_group_state', STATE_LOG, shareStateRecords],
      ['__consumer_offsets', OFFSETS_LOG, groupRecords],
    ] as [string, string, RecordSerde<unknown>][])(
      'contains the same records as that of a real broker in %s',
      (_, log, serde) => {
        const ours = storedRecords(join(written.ours, log), serde)
        expect(ours.length).toBeGreaterThan(10)
        expect(ours).toEqual(storedRecords(join(written.theirs, log), serde))
      },
    )

    test.each(['ours', 'theirs'] as const)(
      'of %s is served in the same way by both brokers',
      async (whose) => {
        const dataDir = mkdtempSync(join(root, 'opened-'))
        cpSync(written[whose], join(dataDir, '1'), { recursive: true })
        const cluster = await startCluster({ dataDir, profile: 'faithful', config: brokerConfig })
        try {
          const byUs = await withClient(cluster.brokers[0]!, askShareState)
          expect(byUs).toEqual(answered[whose])
        } finally {
          await cluster.close()
        }
      },
    )

    test.each([
      ['group.share.ShareGroupStateMessageFormatter', '__share_group_state', STATE_LOG],
      ['ShareGroupMessageFormatter', '__consumer_offsets', OFFSETS_LOG],
    ])("of ours is read by Java's %s", async (formatter, topic, log) => {
      const dataDir = mkdtempSync(join(root, 'read-'))
      cpSync(written.ours, join(dataDir, '1'), { recursive: true })
      const cluster = await startCluster({ dataDir, config: brokerConfig })
      const count = recordCount(join(written.ours, log))
      try {
        const args = toolOptions({
          'bootstrap-server': cluster.bootstrapServers,
          topic,
          formatter: `org.apache.kafka.tools.consumer.${formatter}`,
          'max-messages': count,
        })
        const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
        const said = await runJavaTool(java, consumer, [...args, '--from-beginning'])
        expect(said.match(/"key":/g)).toHaveLength(count)
        expect(said).toContain('"reading"')
      } finally {
        await cluster.close()
      }
    })
  },
)

async function withClient<T>(
  broker: { readonly port: number },
  use: (client: RawClient) => Promise<T>,
): Promise<T> {
  const client = await RawClient.connect(broker)
  try {
    return await use(client)
  } finally {
    client.close()
  }
}

function recordCount(path: string): number {
  return [...batchesOf(readFileSync(path))].reduce((sum, { recordCount: count }) => sum + count, 0)
}

/** The records one by one, with the size of their values. Random ids and times have names. */
function storedRecords(path: string, serde: RecordSerde<unknown>): string[] {
  const names = new Map<string, string>()
  return [...batchesOf(readFileSync(path))].flatMap((batch) =>
    [...recordsOf(batch)].map(({ key, value }) => {
      const size = value === null ? 'no value' : `${value.length} bytes`
      const decoded = JSON.stringify(serde.decode(key!, value), (name, field: unknown) =>
        plain(name, field, names),
      )
      return `${size}, ${decoded}`
    }),
  )
}

function plain(name: string, field: unknown, names: Map<string, string>): unknown {
  if (field instanceof Map) return [...(field as Map<unknown, unknown>)]
  if (field instanceof Set) return [...(field as Set<unknown>)]
  if (typeof field === 'bigint') return field === 0n ? '0' : 'a hash'
  if (/timestamp/i.test(name)) return (field as number) > 0 ? 'a time' : field
  if (name === 'kind' || typeof field !== 'string' || !/^[\w-]{22}$/.test(field)) return field
  if (!names.has(field)) names.set(field, `topic ${names.size}`)
  return names.get(field)
}
