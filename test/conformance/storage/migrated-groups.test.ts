import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { groupRecords } from '../../../src/coordinator/group/group-records.ts'
import { startCluster } from '../../../src/index.ts'
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  ListGroups,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { migrationCases } from '../../coordinator/group/recorded-cases/migration-cases.ts'
import { recordings } from '../../coordinator/group/recorded-cases/recordings.ts'
import { PROBE_GROUP } from '../../coordinator/group/recorded-cases/script.ts'
import { retried } from '../../coordinator/group/transactional-offsets/retried.ts'
import { KafkaConnection } from '../../support/kafka-connection.ts'
import { patienceMs } from '../support/patience.ts'
import { clusterId, RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')
const OFFSETS_LOG = join('__consumer_offsets-0', '00000000000000000000.log')
const { config } = recordings[0]!
/**
 * A group that was only there until the topics were known, and one whose members get their
 * partitions in the order of ids that the broker chose.
 */
const incomparable = [PROBE_GROUP, 'the-id-of-a-classic-member-of-a-consumer-group']

describe.skipIf(kafka.missing !== undefined)(
  'a data directory with groups that changed their kind',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-migrated-'))
    const written = { ours: join(root, 'ours'), theirs: join(root, 'theirs') }
    let answered: Record<'ours' | 'theirs', unknown[]>

    beforeAll(async () => {
      const dataDir = join(root, 'cluster')
      const cluster = await startCluster({ dataDir, clusterId, profile: 'faithful', config })
      await migrationCases(connectTo(cluster.brokers[0]!), 'bidirectional')
      await cluster.close()
      cpSync(join(dataDir, '1'), written.ours, { recursive: true })

      const broker = await RealBroker.start(kafka, config)
      try {
        await migrationCases(connectTo(broker), 'bidirectional')
        await broker.stop()
        cpSync(broker.dataDir, written.theirs, { recursive: true })
        await broker.start()
        const theirs = await askGroups(broker)
        await broker.stop()
        rmSync(broker.dataDir, { recursive: true })
        cpSync(written.ours, broker.dataDir, { recursive: true })
        await broker.start()
        answered = { ours: await askGroups(broker), theirs }
      } finally {
        await broker.close()
      }
    }, patienceMs)

    afterAll(() => rmSync(root, { recursive: true, force: true }))

    test('contains the same records as that of a real broker', () => {
      const ours = storedRecords(join(written.ours, OFFSETS_LOG))
      expect(ours.length).toBeGreaterThan(100)
      expect(ours).toEqual(storedRecords(join(written.theirs, OFFSETS_LOG)))
    })

    test.each(['ours', 'theirs'] as const)(
      'of %s is served in the same way by both brokers',
      async (whose) => {
        const dataDir = mkdtempSync(join(root, 'opened-'))
        cpSync(written[whose], join(dataDir, '1'), { recursive: true })
        const cluster = await startCluster({ dataDir, profile: 'faithful', config })
        try {
          expect(await askGroups(cluster.brokers[0]!)).toEqual(answered[whose])
        } finally {
          await cluster.close()
        }
      },
    )
  },
)

function connectTo({ port }: { readonly port: number }) {
  return async (clientId: string): Promise<KafkaConnection> => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new KafkaConnection(socket, clientId)
  }
}

/** Describes all groups, as groups of both kinds. */
async function askGroups(broker: { readonly port: number }): Promise<unknown[]> {
  const connection = await connectTo(broker)('admin')
  const request = {
    groupId: 'g',
    generationId: 0,
    memberId: '',
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  }
  await retried(() => connection.call(SyncGroup, 5, request))
  const filters = { statesFilter: [], typesFilter: [] }
  const { groups } = await connection.call(ListGroups, 5, filters)
  const groupIds = groups.map(({ groupId }) => groupId).toSorted()
  const options = { includeAuthorizedOperations: false }
  const consumer = await connection.call(ConsumerGroupDescribe, 1, { groupIds, ...options })
  const classic = await connection.call(DescribeGroups, 6, { groups: groupIds, ...options })
  connection.close()
  return [groups, consumer.groups, classic.groups].map(inOrder)
}

/** Sorts all arrays, as brokers list groups, members and topics in no order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item): [string, unknown] => [JSON.stringify(inOrder(item)), item])
    return items.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => inOrder(item))
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(item)]))
}

/**
 * Returns the records, without times and hashes, and with numbers in place of ids. Kafka writes the
 * records of several members in the order of a hash map.
 */
function storedRecords(path: string): string[] {
  const plain = comparable(new Map())
  const runs: { key: string; records: string[] }[] = []
  for (const batch of batchesOf(readFileSync(path))) {
    for (const { key, value } of recordsOf(batch)) {
      const record = groupRecords.decode(key!, value)
      if (record === undefined || incomparable.includes(record.groupId)) continue
      const run = `${record.groupId} ${value === null ? 'deleted' : record.kind}`
      if (runs.at(-1)?.key !== run) runs.push({ key: run, records: [] })
      runs.at(-1)!.records.push(JSON.stringify(record, plain))
    }
  }
  return runs.flatMap(({ records }) => records.toSorted())
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[\w-]{21}[AQgw]\b/g

/**
 * Returns a function for `JSON.stringify` that numbers ids, omits times and hashes, and sorts what
 * has no order.
 */
function comparable(ids: Map<string, string>) {
  const numberOf = (id: string): string => {
    if (!ids.has(id)) ids.set(id, `#${ids.size + 1}`)
    return ids.get(id)!
  }
  const plain = (key: string, value: unknown): unknown => {
    if (/timestamp|hash/i.test(key)) return 0
    if (key === 'leaderId' && value !== null) return 'one of the members'
    if (typeof value === 'string') return value.replaceAll(ID, numberOf)
    const isUnordered = value instanceof Map || value instanceof Set || key === 'members'
    if (!isUnordered) return value
    return [...(value as Iterable<unknown>)].map((item) => JSON.stringify(item, plain)).toSorted()
  }
  return plain
}
