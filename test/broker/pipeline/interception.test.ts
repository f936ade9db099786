import { describe, expect, test } from 'vitest'
import {
  changeRequest,
  changeResponse,
  closeConnection,
  delay,
  drop,
  respondWith,
} from '../../../src/broker/pipeline/interception.ts'
import type { Interceptor } from '../../../src/broker/pipeline/interceptors.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { ZERO_UUID } from '../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { CreateTopics, Fetch, Metadata, Produce } from '../../../src/protocol/messages/index.ts'
import type { Api } from '../../../src/protocol/schema/index.ts'
import { startClusterOn, type ClusterOn } from '../../support/cluster-on.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import {
  batch,
  createTopic,
  fetchOne,
  fetchRequest,
  isPending,
  leaders,
  metadataRequest,
  produce,
  produceRequest,
  settle,
  valuesOf,
} from '../support.ts'

const TOPICS = { topics: [{ name: 'orders' }, { name: 'other' }] }

/** A cluster with the topics `orders` and `other`, and one interceptor. */
async function startIntercepted<A extends Api>(
  interceptor: Interceptor<A>,
): Promise<ClusterOn & { remove: () => void }> {
  const on = await startClusterOn(new MemoryFileSystem(), ['/data'], TOPICS)
  return { ...on, remove: on.cluster.interceptors.add(interceptor) }
}

async function valuesIn(on: ClusterOn, topic = 'orders'): Promise<string[]> {
  return valuesOf((await fetchOne(on, topic)).records)
}

/** Sends a Produce with `acks=0`, which has no response. */
function send(connection: KafkaConnection, value: string): void {
  const partitions = [{ index: 0, records: batch([value]) }]
  connection.send(Produce, 12, produceRequest('orders', partitions, { acks: 0 }))
}

describe('a response in place of the handler', () => {
  test('is sent, and the request has no effect', async () => {
    const refused = { errorCode: ErrorCode.PolicyViolation, errorMessage: null, configs: [] }
    const step = respondWith<typeof CreateTopics>(({ body }) => ({
      topics: body.topics.map(({ name }) => ({
        ...refused,
        name,
        topicId: ZERO_UUID,
        numPartitions: -1,
        replicationFactor: -1,
      })),
    }))
    const on = await startIntercepted({ apis: [CreateTopics], step })
    expect(await createTopic(on, 'made')).toBe(ErrorCode.PolicyViolation)
    const { topics: all } = await on.call(Metadata, 12, metadataRequest(null))
    expect(all.map(({ name }) => name)).toEqual(['orders', 'other'])
  })

  test('is not sent to a client that expects none, whatever other steps change', async () => {
    const step = respondWith<typeof Produce>(() => ({ responses: [] }))
    const on = await startIntercepted({ apis: [Produce], step })
    on.cluster.interceptors.add({
      apis: [Produce],
      step: changeRequest<typeof Produce>((body) => ({ ...body, acks: 1 })),
    })
    const producer = await on.connect()
    send(producer, 'a')
    expect(await leaders(producer, 'orders')).toEqual([1])
    on.remove()
    send(producer, 'b')
    expect(await leaders(producer, 'orders')).toEqual([1])
    expect(await valuesIn(on)).toEqual(['b'])
  })
})

describe('a delay before a request takes effect', () => {
  const DELAYED = { apis: [Produce], step: delay(100, 'before') }

  test('ends by the clock of the cluster', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    const produced = produce(producer, 'orders', batch(['a']))
    await settle()
    await on.clock.advance(99)
    expect(await isPending(produced)).toBe(true)
    expect(await valuesIn(on)).toEqual([])
    await on.clock.advance(1)
    expect(await produced).toMatchObject({ errorCode: ErrorCode.None, baseOffset: 0 })
    expect(await valuesIn(on)).toEqual(['a'])
  })

  test('holds back later requests of the same connection, and of no other', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    const order: string[] = []
    const produced = produce(producer, 'orders', batch(['a'])).then(() => order.push('Produce'))
    const later = leaders(producer, 'orders').then(() => order.push('Metadata'))
    expect(await leaders(on, 'orders')).toEqual([1])
    expect(await isPending(later)).toBe(true)
    await on.clock.advance(100)
    await Promise.all([produced, later])
    expect(order).toEqual(['Produce', 'Metadata'])
  })

  test('does not damage a Produce while the connection receives the next ones', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    // The connection receives frames of this size into memory that it uses again.
    const values = Array.from({ length: 6 }, (_, index) => String(index).repeat(20_000))
    const produced = values.map((value) => produce(producer, 'orders', batch([value])))
    for (const _ of values) {
      await settle()
      await on.clock.advance(100)
    }
    for (const { errorCode } of await Promise.all(produced)) expect(errorCode).toBe(ErrorCode.None)
    expect(await valuesIn(on)).toEqual(values)
  })

  test('works with acks=0', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    send(producer, 'a')
    const later = leaders(producer, 'orders')
    expect(await isPending(later)).toBe(true)
    await on.clock.advance(100)
    expect(await later).toEqual([1])
    expect(await valuesIn(on)).toEqual(['a'])
  })

  test('continues when the connection closes: the request takes effect', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    send(producer, 'a')
    await settle()
    producer.close()
    await settle()
    await on.clock.advance(100)
    expect(await valuesIn(on)).toEqual(['a'])
  })

  test('ends when the broker stops: the request has no effect', async () => {
    const on = await startIntercepted(DELAYED)
    let handled = 0
    on.cluster.interceptors.add({
      apis: [Produce],
      step: (request, next) => {
        handled++
        return next(request)
      },
    })
    const producer = await on.connect()
    const produced = produce(producer, 'orders', batch(['a']))
    await settle()
    const closed = expect(produced).rejects.toThrow('closed')
    await on.cluster.close()
    await closed
    await on.clock.advance(100)
    expect(handled).toBe(0)
  })

  test('is dropped by a stop of the broker, and applies again when the broker has started', async () => {
    const on = await startIntercepted(DELAYED)
    const producer = await on.connect()
    send(producer, 'dropped')
    await settle()
    await on.cluster.broker(1).stop()
    await on.clock.advance(100)
    await on.cluster.broker(1).start()
    const restarted = await on.connect()
    expect(valuesOf((await fetchOne(restarted, 'orders')).records)).toEqual([])
    const produced = produce(restarted, 'orders', batch(['a']))
    expect(await isPending(produced)).toBe(true)
    await on.clock.advance(100)
    expect(await produced).toMatchObject({ errorCode: ErrorCode.None, baseOffset: 0 })
  })

  test('drops a long Fetch whose connection has closed', async () => {
    const on = await startIntercepted({
      apis: [Fetch],
      clientId: 'test',
      step: delay(100, 'before'),
    })
    const consumer = await on.connect()
    const topics = [{ topic: 'orders', partitions: [{}] }]
    consumer.send(Fetch, 12, fetchRequest(topics, { maxWaitMs: 1000 }))
    await settle()
    consumer.close()
    await settle()
    await on.clock.advance(2000)
    on.remove()
    expect(await valuesIn(on)).toEqual([])
  })
})

test('a request that a step holds back until its broker was killed has no effect', async () => {
  const on = await startClusterOn(new MemoryFileSystem(), ['/data'], { ...TOPICS, brokers: 2 })
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  on.cluster.interceptors.add({
    apis: [CreateTopics],
    step: async (request, next) => {
      await released
      return next(request)
    },
  })
  const created = createTopic(await on.connect(1), 'late')
  await settle()
  const closed = expect(created).rejects.toThrow('closed')
  await on.cluster.broker(1).kill()
  await closed
  release()
  await settle()
  const { topics } = await (await on.connect(2)).call(Metadata, 12, metadataRequest(null))
  expect(topics.map(({ name }) => name)).toEqual(['orders', 'other'])
})

describe('a delay after a request took effect', () => {
  test('delays the response only', async () => {
    const on = await startIntercepted({ apis: [Produce], step: delay(100, 'after') })
    const producer = await on.connect()
    const produced = produce(producer, 'orders', batch(['a']))
    await settle()
    expect(await valuesIn(on)).toEqual(['a'])
    expect(await isPending(produced)).toBe(true)
    await on.clock.advance(100)
    expect(await produced).toMatchObject({ errorCode: ErrorCode.None, baseOffset: 0 })
  })
})

describe('a dropped request', () => {
  test.each([
    ['before', []],
    ['after', ['a']],
  ] as const)('%s it takes effect has no response', async (moment, values) => {
    const on = await startIntercepted({ apis: [Produce], step: drop(moment) })
    const producer = await on.connect()
    producer.send(Produce, 12, produceRequest('orders', [{ index: 0, records: batch(['a']) }]))
    expect(await leaders(producer, 'orders')).toEqual([1])
    expect(await valuesIn(on)).toEqual(values)
  })
})

describe('a closed connection', () => {
  test.each([
    ['before', []],
    ['after', ['a']],
  ] as const)('%s a request takes effect is all that the client gets', async (moment, values) => {
    const on = await startIntercepted({ apis: [Produce], step: closeConnection(moment) })
    const producer = await on.connect()
    await expect(produce(producer, 'orders', batch(['a']))).rejects.toThrow('closed')
    expect(await valuesIn(on)).toEqual(values)
  })
})

test('a request is changed before it takes effect', async () => {
  const step = changeRequest<typeof Produce>((body) => ({
    ...body,
    topicData: body.topicData.map((topic) => ({ ...topic, name: 'other' })),
  }))
  const on = await startIntercepted({ apis: [Produce], step })
  await produce(on, 'orders', batch(['a']))
  expect(await valuesIn(on, 'orders')).toEqual([])
  expect(await valuesIn(on, 'other')).toEqual(['a'])
})

test('a response is changed after the request took effect, if there is one', async () => {
  const step = changeResponse<typeof Produce>(({ responses, ...rest }) => ({
    ...rest,
    responses: responses.map((topic) => ({
      ...topic,
      partitionResponses: topic.partitionResponses.map((partition) => ({
        ...partition,
        errorCode: ErrorCode.RequestTimedOut,
      })),
    })),
  }))
  const on = await startIntercepted({ apis: [Produce], step })
  const { errorCode } = await produce(on, 'orders', batch(['a']))
  expect(errorCode).toBe(ErrorCode.RequestTimedOut)
  const producer = await on.connect()
  send(producer, 'b')
  expect(await leaders(producer, 'orders')).toEqual([1])
  expect(await valuesIn(on)).toEqual(['a', 'b'])
})

describe('an interceptor gets', () => {
  /**
   * The APIs of the requests that a condition selects, of a Metadata on each of two connections.
   */
  async function selected(condition: Omit<Interceptor, 'step'>): Promise<string[]> {
    const seen: string[] = []
    const on = await startIntercepted({
      ...condition,
      step: (request, next) => {
        seen.push(`${request.served.api.name} ${request.clientId}`)
        return next(request)
      },
    })
    const connection = await on.connect()
    await leaders(connection, 'orders')
    const answer = connection.nextFrame()
    const body = metadataRequest(null)
    for (const chunk of encodeRequestFrame(Metadata, 12, 1, 'another', body))
      connection.write(chunk)
    await answer
    on.remove()
    await leaders(connection, 'orders')
    return seen
  }

  test('every request, until it is removed', async () => {
    expect(await selected({})).toEqual(['Metadata test', 'Metadata another'])
  })

  test('every request once more for each time that it was added', async () => {
    let seen = 0
    const step: Interceptor['step'] = (request, next) => {
      seen++
      return next(request)
    }
    const interceptor = { apis: [Metadata], step }
    const on = await startIntercepted(interceptor)
    const remove = on.cluster.interceptors.add(interceptor)
    await leaders(on, 'orders')
    remove()
    remove()
    await leaders(on, 'orders')
    expect(seen).toBe(3)
  })

  test('the requests of its APIs', async () => {
    expect(await selected({ apis: [Produce, Fetch] })).toEqual([])
    expect(await selected({ apis: [Metadata] })).toHaveLength(2)
  })

  test('the requests of a client id', async () => {
    expect(await selected({ clientId: 'another' })).toEqual(['Metadata another'])
  })

  test('the requests to a broker', async () => {
    expect(await selected({ brokerId: 1 })).toHaveLength(2)
    expect(await selected({ brokerId: 2 })).toEqual([])
  })

  test('the requests for which its own condition holds', async () => {
    const when: Interceptor['when'] = ({ clientId }) => clientId === 'test'
    expect(await selected({ when })).toEqual(['Metadata test'])
  })

  test('the requests of a connection', async () => {
    const ids = new Set<string>()
    const on = await startIntercepted({
      step: (request, next) => {
        ids.add(request.connection.id)
        return next(request)
      },
    })
    const [first, second] = [await on.connect(), await on.connect()]
    await leaders(first, 'orders')
    const [connectionId] = ids
    on.cluster.interceptors.add({ connectionId: connectionId!, step: closeConnection('before') })
    await expect(leaders(first, 'orders')).rejects.toThrow('closed')
    expect(await leaders(second, 'orders')).toEqual([1])
  })
})

test('interceptors run in the order in which they were added, and see the responses in the opposite order', async () => {
  const on = await startClusterOn(new MemoryFileSystem(), ['/data'], TOPICS)
  const order: string[] = []
  for (const name of ['first', 'second']) {
    on.cluster.interceptors.add({
      apis: [Metadata],
      step: async (request, next) => {
        order.push(`${name} request`)
        const reply = await next(request)
        order.push(`${name} response`)
        return reply
      },
    })
  }
  await leaders(on, 'orders')
  expect(order).toEqual(['first request', 'second request', 'second response', 'first response'])
})

test.each([
  ['rejects', () => Promise.reject(new Error('a bug'))],
  [
    'throws',
    () => {
      throw new Error('a bug')
    },
  ],
])('a step that %s closes the connection of its request, and no other', async (_, step) => {
  const on = await startIntercepted({ apis: [Produce], step })
  const producer = await on.connect()
  await expect(produce(producer, 'orders', batch(['a']))).rejects.toThrow('closed')
  expect(await leaders(on, 'orders')).toEqual([1])
})
