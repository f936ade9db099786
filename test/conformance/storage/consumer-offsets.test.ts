import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { groupRecords } from '../../../src/coordinator/group/group-records.ts'
import { startCluster } from '../../../src/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { changeGroups } from '../support/group-requests.ts'
import { patienceMs } from '../support/patience.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')

describe.skipIf(kafka.missing !== undefined)(
  '__consumer_offsets of a broker and of a real one that were asked the same',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-offsets-'))
    let broker: RealBroker
    let ours: string[]
    let theirs: string[]

    beforeAll(async () => {
      const cluster = await startCluster({
        dataDir: root,
        profile: 'faithful',
        config: { 'offsets.topic.num.partitions': 1, 'group.initial.rebalance.delay.ms': 0 },
      })
      await ask(cluster.brokers[0]!)
      await cluster.close()
      ours = storedRecords(join(root, '1', '__consumer_offsets-0'))
      broker = await RealBroker.start(kafka)
      await ask(broker)
      await broker.stop()
      theirs = storedRecords(broker.directoryOf('__consumer_offsets'))
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    test('hold the same records in the same batches', () => {
      expect(ours.length).toBeGreaterThan(15)
      expect(ours).toEqual(theirs)
    })
  },
)

async function ask(broker: { readonly port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  await changeGroups(client)
  client.close()
}

/**
 * The records one by one, each with the number of its batch; what is random or a time has a name
 * instead.
 */
function storedRecords(directory: string): string[] {
  const names = new Map<string, string>()
  const bytes = readFileSync(join(directory, '00000000000000000000.log'))
  return [...batchesOf(bytes)].flatMap((batch, index) =>
    [...recordsOf(batch)].map(({ key, value }) => {
      const size = value === null ? 'no value' : `${value.length} bytes`
      const decoded = JSON.stringify(groupRecords.decode(key!, value), (name, field: unknown) =>
        plain(name, field, names),
      )
      return `batch ${index}: ${size}, ${decoded}`
    }),
  )
}

function plain(name: string, field: unknown, names: Map<string, string>): unknown {
  if (name.endsWith('TimestampMs')) return (field as number) > 0 ? 'a time' : field
  if (name === 'memberId' || name === 'leaderId' || name === 'topicId') {
    if (typeof field !== 'string') return field
    if (!names.has(field))
      names.set(field, `${name === 'topicId' ? 'topic' : 'member'} ${names.size}`)
    return names.get(field)
  }
  return field
}
