import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { askGroups, brokerConfig, makeGroups, withGroups } from '../support/group-states.ts'
import { runJavaTool, toolOptions } from '../support/java-tools.ts'
import { patienceMs } from '../support/patience.ts'
import { clusterId, RealBroker } from '../support/real-broker.ts'

const { kafka, java } = inject('tools')
const formatters = 'org.apache.kafka.tools.consumer'

describe.skipIf(kafka.missing !== undefined || java.missing !== undefined)(
  'a data directory with groups of every kind',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-groups-'))
    const written = { ours: join(root, 'ours'), theirs: join(root, 'theirs') }
    let broker: RealBroker

    beforeAll(async () => {
      const dataDir = join(root, 'cluster')
      const options = { dataDir, clusterId, profile: 'faithful', config: brokerConfig } as const
      const cluster = await startCluster(options)
      await withGroups(cluster.brokers[0]!, makeGroups)
      await cluster.broker(1).kill()
      await cluster.close()
      cpSync(join(dataDir, '1'), written.ours, { recursive: true })

      broker = await RealBroker.start(kafka, brokerConfig)
      await withGroups(broker, makeGroups)
      await broker.kill()
      cpSync(broker.dataDir, written.theirs, { recursive: true })
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    async function openOurs<T>(
      directory: string,
      use: (cluster: Awaited<ReturnType<typeof startCluster>>) => Promise<T>,
    ): Promise<T> {
      const dataDir = mkdtempSync(join(root, 'opened-'))
      cpSync(directory, join(dataDir, '1'), { recursive: true })
      const cluster = await startCluster({ dataDir, profile: 'faithful', config: brokerConfig })
      try {
        return await use(cluster)
      } finally {
        await cluster.close()
      }
    }

    async function askTheirs(directory: string) {
      rmSync(broker.dataDir, { recursive: true })
      cpSync(directory, broker.dataDir, { recursive: true })
      await broker.start()
      try {
        return await withGroups(broker, askGroups)
      } finally {
        await broker.kill()
      }
    }

    test.each(['ours', 'theirs'] as const)(
      'of %s is served in the same way by both brokers',
      async (whose) => {
        const ask = ({ brokers }: { brokers: readonly { port: number }[] }) =>
          withGroups(brokers[0]!, askGroups)
        const byUs = await openOurs(written[whose], ask)
        const byThem = await askTheirs(written[whose])
        expect(byUs).toEqual(byThem)
        expect(byUs['shareOffsets']).toContain('lag: 3')
      },
    )

    test.each([
      ['__consumer_offsets', `${formatters}.OffsetsMessageFormatter`],
      ['__consumer_offsets', `${formatters}.GroupMetadataMessageFormatter`],
      ['__consumer_offsets', `${formatters}.ShareGroupMessageFormatter`],
      ['__share_group_state', `${formatters}.group.share.ShareGroupStateMessageFormatter`],
    ])('%s of ours is printed as that of a real broker by %s', async (topic, formatter) => {
      const read = (directory: string) =>
        openOurs(directory, async (cluster) => {
          const args = toolOptions({
            'bootstrap-server': cluster.bootstrapServers,
            topic,
            formatter,
            'max-messages': recordCount(directory, topic),
          })
          const consumer = `${formatters}.ConsoleConsumer`
          return runJavaTool(java, consumer, [...args, '--from-beginning'])
        })
      const [ours, theirs] = [await read(written.ours), await read(written.theirs)]
      expect(shapesOf(ours).length).toBeGreaterThan(0)
      expect(shapesOf(ours)).toEqual(shapesOf(theirs))
    })
  },
)

/** Returns the number of records in the only partition of a topic. */
function recordCount(directory: string, topic: string): number {
  const log = readFileSync(join(directory, `${topic}-0`, '00000000000000000000.log'))
  return [...batchesOf(log)].reduce((sum, batch) => sum + batch.recordCount, 0)
}

/** Returns the printed records in order, without ids and times that differ between brokers. */
function shapesOf(printed: string): string[] {
  return [...printed.matchAll(/\{"key":.*?\}(?=\{"key":|\s|$)/g)]
    .map(([record]) =>
      record
        .replaceAll(/"[\w-]{22}"/g, '"an id"')
        .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'an id')
        .replaceAll(/(Timestamp\w*|Hash)":-?\d+/gi, '$1":0'),
    )
    .toSorted()
}
