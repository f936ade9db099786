import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { clientSettings } from '../../../src/client/client-options.ts'
import { BrokerConnection } from '../../../src/client/connection/broker-connection.ts'
import { ManualClock } from '../../../src/index.ts'
import type { NetworkSocket } from '../../../src/platform/network.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  ApiVersions,
  Heartbeat,
  ListGroups,
  ListOffsets,
} from '../../../src/protocol/messages/index.ts'
import {
  InterceptedNetwork,
  type InterceptedRequest,
  type Verdict,
} from '../support/intercepted-network.ts'

const address = { host: 'broker', port: 9092 }
const groups = { throttleTimeMs: 0, errorCode: 0, groups: [] }

const served = (versions: readonly (readonly [key: number, min: number, max: number])[]) => ({
  errorCode: 0,
  apiKeys: versions.map(([apiKey, minVersion, maxVersion]) => ({ apiKey, minVersion, maxVersion })),
  throttleTimeMs: 0,
  supportedFeatures: [],
  finalizedFeatures: [],
})

function open(verdict: (request: InterceptedRequest) => Verdict) {
  const network = new InterceptedNetwork()
  network.verdict = (request) =>
    verdict(request) ??
    (request.api.key === ApiVersions.key
      ? {
          answer: served([
            [ListGroups.key, 0, 4],
            [Heartbeat.key, 90, 91],
          ]),
        }
      : undefined)
  const clock = new ManualClock()
  const settings = clientSettings(
    { bootstrapServers: 'broker' },
    { network, clock, random: new SeededRandom(1) },
  )
  const closing = new AbortController()
  const connection = BrokerConnection.open(address, settings, closing.signal)
  return { network, clock, connection, closing }
}

const request = { statesFilter: [], typesFilter: [] }

describe('a connection to a broker', () => {
  it('uses the highest version that both sides know', async () => {
    const { connection, network } = open(({ api }) =>
      api.key === ListGroups.key ? { answer: groups } : undefined,
    )
    await (await connection).send(ListGroups, request)
    expect(network.requests.at(-1)).toMatchObject({ version: 4 })
  })

  it('asks an older broker for its versions again, in one that it knows (KIP-511)', async () => {
    const { connection, network } = open(({ api, version }) => {
      if (api.key !== ApiVersions.key || version <= 2) return undefined
      const answer = {
        ...served([[ApiVersions.key, 0, 2]]),
        errorCode: ErrorCode.UnsupportedVersion,
      }
      return { answer, inVersion: 0 }
    })
    await connection
    expect(network.requests.map(({ version }) => version)).toEqual([ApiVersions.current.max, 2])
  })

  it('says which versions a broker serves where there is none in common', async () => {
    const connection = await open(() => undefined).connection
    const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }
    await expect(connection.send(Heartbeat, heartbeat)).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: 'broker:9092 serves Heartbeat in v90 to v91; the client knows v0 to v4',
    })
    await expect(
      connection.send(ListOffsets, { replicaId: -1, isolationLevel: 0, topics: [], timeoutMs: 0 }),
    ).rejects.toThrow('not at all')
    expect(connection.serves(ListOffsets)).toBe(false)
  })

  it('gives up when the broker does not answer in time, and with it what follows', async () => {
    const { connection, clock, network } = open(({ api }) =>
      api.key === ListGroups.key ? 'hang' : undefined,
    )
    const opened = await connection
    const first = opened.send(ListGroups, request)
    const second = opened.send(ListGroups, request, { timeoutMs: 60_000 })
    const outcomes = Promise.allSettled([first, second])
    await clock.advance(30_000)
    expect(await outcomes).toMatchObject([
      { reason: { code: 'REQUEST_TIMED_OUT' } },
      { reason: { code: 'REQUEST_TIMED_OUT' } },
    ])
    expect(opened.isClosed).toBe(true)
    await clock.advance(0)
    expect(network.sockets.size).toBe(0)
  })

  it('does not wait longer than socket.connection.setup.timeout.ms', async () => {
    const { connection, clock } = open(() => 'hang')
    const outcome = expect(connection).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    await clock.advance(10_000)
    await outcome
  })

  it('sends nothing for as long as the broker throttles it (KIP-219)', async () => {
    const { connection, clock, network } = open(({ api }) =>
      api.key === ListGroups.key ? { answer: { ...groups, throttleTimeMs: 500 } } : undefined,
    )
    const opened = await connection
    await opened.send(ListGroups, request)
    const second = opened.send(ListGroups, request)
    await clock.advance(499)
    expect(network.requestsOf(ListGroups)).toHaveLength(1)
    await clock.advance(1)
    await second
    expect(network.requestsOf(ListGroups)).toHaveLength(2)
    const third = opened.send(ListGroups, request)
    opened.close()
    await expect(third).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('gives up what it waits for when it breaks, is closed, or is not needed any more', async () => {
    const cut = await open(({ api }) => (api.key === ListGroups.key ? 'cut' : undefined)).connection
    await expect(cut.send(ListGroups, request)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    const hanging = open(({ api }) => (api.key === ListGroups.key ? 'hang' : undefined))
    const closed = await hanging.connection
    const abort = new AbortController()
    const ignored = closed.send(ListGroups, request, { signal: abort.signal })
    const waiting = closed.send(ListGroups, request)
    abort.abort()
    await expect(ignored).rejects.toMatchObject({ code: 'ABORTED' })
    expect(closed.isClosed).toBe(false)
    closed.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    const opening = open(() => 'hang')
    opening.closing.abort()
    await expect(opening.connection).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an answer to something else', Buffer.from([0, 0, 0, 6, 0, 0, 0, 99, 0, 0])],
    ['a size of less than nothing', Buffer.from([255, 255, 255, 255])],
  ])('names what is no response of Kafka: %s', async (_name, bytes) => {
    const settings = clientSettings(
      { bootstrapServers: 'broker' },
      {
        network: { connect: () => answeringWith(bytes) },
        clock: new ManualClock(),
        random: new SeededRandom(1),
      },
    )
    const opening = BrokerConnection.open(address, settings, new AbortController().signal)
    await expect(opening).rejects.toMatchObject({
      code: 'INVALID_RESPONSE',
      advice: expect.stringContaining('address') as string,
    })
  })
})

function answeringWith(bytes: Buffer): NetworkSocket {
  const socket: Duplex = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      socket.push(bytes)
      done()
    },
  })
  return socket
}
