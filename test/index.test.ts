import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ManualClock, startCluster, type Cluster, type ClusterOptions } from '../src/index.ts'
import { DescribeGroups, Heartbeat } from '../src/protocol/messages/index.ts'
import { ErrorCode } from '../src/protocol/error-code.ts'
import { portsInARow } from './cluster/support/ports.ts'
import { connectTo, fetch, formGroup, logEndOffset, produce } from './cluster/support/requests.ts'
import { ownTemporaryFiles } from './cluster/support/temporary-root.ts'
import { startTestCluster } from './support/test-cluster.ts'

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options)
  onTestFinished(() => cluster.close())
  return cluster
}

describe('startCluster', () => {
  test('returns what clients and tests need', async () => {
    const cluster = await start({ clusterId: 'T2RyYWRla09yYWNsZTAwMQ' })
    const { bootstrapServers, brokers, clock, clusterId } = cluster
    expect(clusterId).toBe('T2RyYWRla09yYWNsZTAwMQ')
    const { port } = brokers[0]!
    const address = { host: '127.0.0.1', port }
    const listeners = [{ name: 'PLAINTEXT', ...address, bound: address }]
    expect(brokers).toEqual([{ id: 1, ...address, listener: address, listeners }])
    expect(port).toBeGreaterThan(0)
    expect(bootstrapServers).toBe(`127.0.0.1:${port}`)
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(60_000)
  })

  test('returns a disposable cluster', async () => {
    const port = await portsInARow(1)
    const { [Symbol.asyncDispose]: dispose } = await start({ port })
    await dispose()
    const socket = connect(port, '127.0.0.1')
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('keeps clusters of one process apart', async () => {
    const [first, second] = await Promise.all([
      start({ topics: [{ name: 'orders' }] }),
      start({ topics: [{ name: 'orders' }] }),
    ])
    const there = await connectTo(first.brokers[0]!)
    const here = await connectTo(second.brokers[0]!)
    await produce(there, 'orders', ['a'])
    expect(await logEndOffset(here, 'orders')).toBe(0)
    await first.close()
    expect(await produce(here, 'orders', ['b'])).toEqual({ errorCode: 0, baseOffset: 0 })
  })

  test('writes no file when storage is memory', async () => {
    const directory = ownTemporaryFiles()
    const { brokers } = await start({ storage: 'memory', topics: [{ name: 'orders' }] })
    const connection = await connectTo(brokers[0]!)
    await produce(connection, 'orders', ['a'])
    expect((await fetch(connection, 'orders', 0)).records).toEqual([{ offset: 0, value: 'a' }])
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('a clock that is passed', () => {
  test("is the cluster's time: a member is removed when its session has expired", async () => {
    const clock = new ManualClock()
    const { cluster, connect: newConnection } = await startTestCluster({ clock })
    expect(cluster.clock).toBe(clock)
    const connection = await newConnection()
    const member = await formGroup(connection, 'group')
    const stateOf = async (): Promise<string> => {
      const { groups } = await connection.call(DescribeGroups, 5, {
        groups: ['group'],
        includeAuthorizedOperations: false,
      })
      return groups[0]!.groupState
    }
    await clock.advance(59_000)
    expect((await connection.call(Heartbeat, 4, member)).errorCode).toBe(ErrorCode.None)
    await clock.advance(59_000)
    expect(await stateOf()).toBe('Stable')
    await clock.advance(1_000)
    expect(await stateOf()).toBe('Empty')
    expect((await connection.call(Heartbeat, 4, member)).errorCode).toBe(ErrorCode.UnknownMemberId)
  })
})

describe('a log of many segments', () => {
  test.each(['disk', 'memory'] as const)('is read from end to end (%s)', async (storage) => {
    const topics = [{ name: 'orders', configs: { 'segment.bytes': 1 << 20 } }]
    const { brokers } = await start({ storage, topics })
    const connection = await connectTo(brokers[0]!)
    const count = 80
    const padding = 'x'.repeat(500_000)
    for (let index = 0; index < count; index++) {
      await produce(connection, 'orders', [`${index}:${padding}`])
    }
    const seen: string[] = []
    for (let offset = 0; offset < count;) {
      const { records } = await fetch(connection, 'orders', offset, 3 << 20)
      expect(records.length).toBeGreaterThan(0)
      for (const { value } of records) {
        expect(value.endsWith(padding)).toBe(true)
        seen.push(value.slice(0, value.indexOf(':')))
      }
      offset = records.at(-1)!.offset + 1
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => String(index)))
  })
})
