import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ManualClock, startCluster, type Timer } from '../../src/index.ts'
import { ApiVersions, Fetch, JoinGroup } from '../../src/protocol/messages/index.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { occupy, portsInARow } from './support/ports.ts'
import { ownTemporaryFiles } from './support/temporary-root.ts'

const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

const parkedFetch = {
  maxWaitMs: 600_000,
  minBytes: 1,
  isolationLevel: 0,
  topics: [
    {
      topic: 'orders',
      topicId: noTopicId,
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }],
    },
  ],
  forgottenTopicsData: [],
}

const parkedJoin = {
  groupId: 'group',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 600_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: new Uint8Array() }],
}

describe('close', () => {
  test('closes connections over TCP and in the process, although fetches and joins wait', async () => {
    const config = { 'group.initial.rebalance.delay.ms': 600_000 }
    const topics = [{ name: 'orders' }]
    const port = await portsInARow(1)
    const { cluster, connect: connectInProcess } = await startTestCluster({ config, topics, port })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const connections = [
      new KafkaConnection(socket),
      await connectInProcess(),
      await connectInProcess(),
    ]
    const [overTcp, inProcess, member] = connections as [
      KafkaConnection,
      KafkaConnection,
      KafkaConnection,
    ]
    // A response shows that the connection is served before the next request is sent.
    for (const connection of connections) {
      await connection.call(ApiVersions, 0, { clientSoftwareName: '', clientSoftwareVersion: '' })
    }
    const answers = [
      overTcp.call(Fetch, 11, parkedFetch),
      inProcess.call(Fetch, 11, parkedFetch),
      member.call(JoinGroup, 3, parkedJoin),
    ]
    const outcomes = Promise.allSettled(answers)
    await cluster.close()
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ])
    await Promise.all(connections.map((connection) => connection.closed()))
    await occupy(port)
  })

  test('may be called more than once, also concurrently', async () => {
    const cluster = await startCluster({ brokers: 2 })
    await Promise.all([cluster.close(), cluster.close()])
    await cluster.close()
    await cluster[Symbol.asyncDispose]()
  })

  test('removes the temporary directory', async () => {
    const directory = ownTemporaryFiles()
    const cluster = await startCluster({ topics: [{ name: 'orders' }] })
    expect(readdirSync(directory)).toHaveLength(1)
    await cluster.close()
    expect(readdirSync(directory)).toEqual([])
  })

  test('leaves no timer on a clock that was passed', async () => {
    const clock = new CountingClock()
    const config = { 'group.initial.rebalance.delay.ms': 600_000 }
    const { cluster, connect: connectInProcess } = await startTestCluster({ clock, config })
    expect(cluster.clock).toBe(clock)
    const member = await connectInProcess()
    const outcome = Promise.allSettled([member.call(JoinGroup, 3, parkedJoin)])
    await clock.advance(1000)
    await cluster.close()
    await outcome
    const { fired } = clock
    await clock.advance(7 * 24 * 60 * 60 * 1000)
    expect(clock.fired).toBe(fired)
  })
})

class CountingClock extends ManualClock {
  fired = 0

  override schedule(delayMs: number, callback: () => void): Timer {
    return super.schedule(delayMs, () => {
      this.fired++
      callback()
    })
  }
}
