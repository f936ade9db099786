import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { servedApis as served } from '../../../src/broker/served-apis.ts'
import { encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { Fetch, Metadata, Produce } from '../../../src/protocol/messages/index.ts'
import { apis } from '../../support/all-apis.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import {
  batch,
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
import { scaled } from '../../support/scale.ts'

const servedApis = served.map(({ api }) => api)

const ORDERS = { topics: [{ name: 'orders' }] }

/** ListGroups and ApiVersions ask nothing before version 3. */
const HAS_EMPTY_BODY: ReadonlySet<number> = new Set([16, 18])

/** A frame of a size that need not be its body's. */
function frame(size: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = Buffer.alloc(4 + body.length)
  bytes.writeInt32BE(size, 0)
  bytes.set(body, 4)
  return bytes
}

/** Header v1 with correlation id 1 and no client id, and a body. */
function request(apiKey: number, apiVersion: number, body = Buffer.alloc(8)): Buffer {
  const header = Buffer.alloc(10)
  header.writeInt16BE(apiKey, 0)
  header.writeInt16BE(apiVersion, 2)
  header.writeInt32BE(1, 4)
  header.writeInt16BE(-1, 8)
  return frame(header.length + body.length, Buffer.concat([header, body]))
}

/**
 * Sends bytes on a connection of their own; resolves when the broker has closed it, and checks that
 * it still serves others.
 */
async function expectClosed(cluster: TestCluster, bytes: Uint8Array): Promise<void> {
  const bystander = await cluster.connect()
  const connection = await cluster.connect()
  const answer = connection.nextFrame()
  connection.write(bytes)
  await expect(answer).rejects.toThrow('closed')
  expect(await leaders(bystander, 'orders')).toEqual([1])
}

describe('a connection is closed, and no other', () => {
  test.each([
    ['an empty frame', frame(0)],
    ['a negative size', frame(-1)],
    ['a size above socket.request.max.bytes', frame(104_857_601)],
    ['a frame that ends within the header', frame(7, Buffer.alloc(7))],
    ['a frame without client id', frame(8, Buffer.alloc(8))],
    ['a body that is cut off', request(3, 1, Buffer.alloc(2))],
    ['an array longer than its frame', request(3, 1, Buffer.from([127, 255, 255, 255]))],
    ['a negative array length where null is not allowed', request(0, 3, Buffer.alloc(12, 255))],
    ['an API key that does not exist', request(999, 0)],
    ['a negative API key', request(-1, 0)],
    ['a key that only controllers serve', request(52, 0)],
    ['a key that is gone since 4.0', request(4, 1)],
    ['a version that is not there yet', request(3, 99)],
    ['a negative version', request(3, -1)],
    ['a version that is advertised but gone (KAFKA-18659)', request(0, 0)],
  ])('by %s', async (_, bytes) => {
    await expectClosed(await startTestCluster(ORDERS), bytes)
  })

  test('by every key that is not emulated', async () => {
    const cluster = await startTestCluster(ORDERS)
    const served = new Set(servedApis.map(({ key }) => key))
    const unserved = [...apis.values()].filter(({ key }) => !served.has(key))
    expect(unserved.length).toBeGreaterThan(0)
    for (const { key, current } of unserved) await expectClosed(cluster, request(key, current.max))
  })

  test('by a truncated body of any API in any version', async () => {
    const cluster = await startTestCluster(ORDERS)
    for (const api of servedApis) {
      for (let version = api.current.min; version <= api.current.max; version++) {
        if (HAS_EMPTY_BODY.has(api.key) && version < 3) continue
        const flexible = api.isFlexible(version) ? Buffer.alloc(1) : Buffer.alloc(0)
        const connection = await cluster.connect()
        const answer = connection.nextFrame()
        connection.write(request(api.key, version, flexible))
        const outcome = await answer.then(
          () => `${api.name} v${version} answered`,
          () => 'closed',
        )
        expect(outcome).toBe('closed')
      }
    }
    expect(await leaders(cluster, 'orders')).toEqual([1])
  })

  test('by a request after valid ones, which are answered', async () => {
    const { connect } = await startTestCluster(ORDERS)
    const connection = await connect()
    const good = Buffer.concat(encodeRequestFrame(Metadata, 1, 7, null, metadataRequest(null)))
    const answers = [connection.nextFrame(), connection.nextFrame()]
    const closed = expect(answers[1]).rejects.toThrow('closed')
    connection.write(Buffer.concat([good, request(999, 0)]))
    expect(Buffer.from(await answers[0]!).readInt32BE(0)).toBe(7)
    await closed
  })
})

describe('a request is answered', () => {
  test('though bytes follow its body', async () => {
    const { connect } = await startTestCluster(ORDERS)
    const connection = await connect()
    const answer = connection.nextFrame()
    connection.write(request(3, 1, Buffer.from([255, 255, 255, 255, 1, 2, 3])))
    const metadata = Metadata.response.decode(1, await answer, 4)
    expect(metadata.topics.map(({ name }) => name)).toEqual(['orders'])
  })

  test('in order, however many are in flight and however they are cut into chunks', async () => {
    const { connect } = await startTestCluster(ORDERS)
    const connection = await connect()
    const frames = Array.from({ length: 50 }, (_, correlationId) =>
      correlationId % 2 === 0
        ? encodeRequestFrame(Metadata, 12, correlationId, 'test', metadataRequest(null))
        : encodeRequestFrame(
            Produce,
            12,
            correlationId,
            'test',
            produceRequest('orders', [{ index: 0, records: batch([`${correlationId}`]) }]),
          ),
    )
    const answers = frames.map(() => connection.nextFrame())
    const bytes = Buffer.concat(frames.flat())
    for (let position = 0; position < bytes.length; position += 100)
      connection.write(bytes.subarray(position, position + 100))
    const ids = (await Promise.all(answers)).map((answer) => Buffer.from(answer).readInt32BE(0))
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => index))
    const { records } = await fetchOne(connection, 'orders')
    expect(valuesOf(records)).toEqual(ids.filter((id) => id % 2 === 1).map(String))
  })

  test('while a fetch is parked on another connection, but not after it on the same one', async () => {
    const cluster = await startTestCluster(ORDERS)
    const connection = await cluster.connect()
    const topics = [{ topic: 'orders', partitions: [{}] }]
    const parked = connection.call(Fetch, 12, fetchRequest(topics, { maxWaitMs: 1000 }))
    const behind = connection.call(Metadata, 12, metadataRequest(null))
    expect(await leaders(cluster, 'orders')).toEqual([1])
    expect(await isPending(behind)).toBe(true)
    await cluster.clock.advance(1000)
    await parked
    expect((await behind).topics).toHaveLength(1)
  })
})

test('random frames close their connection or are answered, and the cluster keeps serving', async () => {
  const cluster = await startTestCluster(ORDERS)
  const versionsOf = (apiKey: number) => servedApis.find(({ key }) => key === apiKey)!.current.max
  const header = fc
    .constantFrom(...servedApis.map(({ key }) => key))
    .chain((key) => fc.tuple(fc.constant(key), fc.integer({ min: 0, max: versionsOf(key) })))
  await fc.assert(
    fc.asyncProperty(header, fc.uint8Array({ maxLength: 200 }), async ([key, version], body) => {
      const connection = await cluster.connect()
      connection.nextFrame().catch(() => {})
      connection.write(request(key, version, Buffer.from(body)))
      await settle()
      connection.close()
      expect(await leaders(cluster, 'orders')).toEqual([1])
    }),
    { numRuns: scaled(300) },
  )
})

test('frames with a few changed bytes do not damage existing records', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }, { name: 'other' }] })
  await produce(cluster, 'orders', batch(['kept']))
  const good = Buffer.concat([
    ...encodeRequestFrame(
      Produce,
      12,
      1,
      'test',
      produceRequest('other', [{ index: 0, records: batch(['a', 'b'], { compression: 'gzip' }) }]),
    ),
  ])
  const change = fc.tuple(
    fc.integer({ min: 4, max: good.length - 1 }),
    fc.integer({ max: 255, min: 0 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(good)
      for (const [position, value] of changes) bytes[position] = value
      const connection = await cluster.connect()
      connection.nextFrame().catch(() => {})
      connection.write(bytes)
      await settle()
      connection.close()
      expect(valuesOf((await fetchOne(cluster, 'orders')).records)).toEqual(['kept'])
      expect((await fetchOne(cluster, 'other')).errorCode).toBe(0)
    }),
    { numRuns: scaled(300) },
  )
})
