import { expect, onTestFinished, test } from 'vitest'
import { controlApi } from '../../src/control/control-api.ts'
import { startControlServer } from '../../src/control/control-server.ts'
import { startTestCluster } from '../support/test-cluster.ts'

async function startControlled() {
  const topics = [{ name: 'orders', partitions: 1, replicas: 3 }]
  const kit = await startTestCluster({ brokers: 3, topics })
  const server = await startControlServer(kit.cluster, 0)
  onTestFinished(() => server.close())
  const send = async (method: string, path: string, body?: object, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const content: unknown = text === '' ? undefined : JSON.parse(text)
    return { status: response.status, body: content }
  }
  return { ...kit, server, send }
}

test('brokers are listed, stopped, killed, started, paused and resumed', async () => {
  const { cluster, send } = await startControlled()
  expect((await send('GET', '/brokers')).body).toMatchObject([
    { id: 1, isRunning: true, isPaused: false, state: 'active' },
    { id: 2 },
    { id: 3 },
  ])
  expect(await send('POST', '/brokers/2/kill')).toMatchObject({
    status: 200,
    body: { id: 2, isRunning: false, state: 'fenced' },
  })
  expect(cluster.broker(2).isRunning).toBe(false)
  expect((await send('POST', '/brokers/2/start')).body).toMatchObject({ isRunning: true })
  await send('POST', '/brokers/2/pause')
  expect((await send('GET', '/brokers/2')).body).toMatchObject({ isPaused: true })
  expect(await send('POST', '/brokers/2/stop')).toMatchObject({
    status: 409,
    body: { code: 'BROKER_PAUSED', message: expect.stringContaining('resume it') },
  })
  await send('POST', '/brokers/2/resume')
  await send('POST', '/brokers/2/stop')
  expect(cluster.broker(2)).toMatchObject({ isRunning: false, isPaused: false })
})

test('brokers are added, removed, and restarted one after the other', async () => {
  const { cluster, send } = await startControlled()
  const added = await send('POST', '/brokers', { rack: 'a' })
  expect(added).toMatchObject({ status: 201, body: { id: 4, isRunning: true } })
  expect(await send('DELETE', '/brokers/3')).toEqual({ status: 204, body: undefined })
  expect(cluster.brokers.map(({ id }) => id)).toEqual([1, 2, 4])
  expect(await send('POST', '/rolling-restart')).toMatchObject({ body: { restarted: [2, 4, 1] } })
})

test('faults of the network are caused, listed and ended', async () => {
  const { clock, cluster, send } = await startControlled()
  const groups = [[2], [1, 3, 'clients']]
  expect(await send('POST', '/network/partitions', { groups })).toEqual({
    status: 201,
    body: { id: 1, groups },
  })
  const cut = await send('POST', '/network/cuts', { from: 2, to: 'controller', oneWay: true })
  expect(cut.body).toEqual({ id: 2, cut: [2, 'controller'], oneWay: true })
  expect((await send('POST', '/network/delays', { from: 1, to: 3, ms: 5 })).status).toBe(201)
  expect((await send('POST', '/brokers/2/isolate')).body).toEqual({ id: 4, isolated: 2 })
  expect((await send('GET', '/network/faults')).body).toHaveLength(4)
  await clock.advance(500)
  expect(cluster.broker(2).state).toBe('fenced')
  expect((await send('DELETE', '/network/faults/3')).status).toBe(204)
  expect((await send('DELETE', '/network/faults')).status).toBe(204)
  expect(cluster.broker(2).state).toBe('active')
  expect(await send('DELETE', '/network/faults/1')).toMatchObject({
    status: 404,
    body: { code: 'UNKNOWN_FAULT' },
  })
})

test('partitions get other leaders and replicas', async () => {
  const { cluster, send } = await startControlled()
  const path = '/topics/orders/partitions/0'
  const { leader, replicas } = cluster.topic('orders').partition(0)
  const next = replicas.find((id) => id !== leader)!
  expect((await send('PUT', `${path}/leader`, { broker: next })).body).toMatchObject({
    leader: next,
    leaderEpoch: 1,
  })
  const two = replicas.slice(0, 2)
  expect((await send('PUT', `${path}/replicas`, { brokers: two })).body).toMatchObject({
    replicas: two,
  })
  expect((await send('POST', '/in-sync', { timeoutMs: 5000 })).status).toBe(204)
  expect((await send('GET', path)).body).toMatchObject({ topic: 'orders', partition: 0 })
})

test('errors have a status, a code and a message', async () => {
  const { send } = await startControlled()
  const cases = [
    ['POST', '/brokers/9/stop', undefined, 404, 'UNKNOWN_BROKER'],
    ['POST', '/brokers', { port: 1 }, 400, 'INVALID_OPTION'],
    ['POST', '/network/partitions', {}, 400, 'INVALID_OPTION'],
    ['GET', '/topics/none/partitions/0', undefined, 404, 'UNKNOWN_TOPIC'],
    ['DELETE', '/brokers/2', undefined, 409, 'BROKER_IN_USE'],
    ['GET', '/nothing', undefined, 404, 'NOT_FOUND'],
  ] as const
  for (const [method, path, body, status, code] of cases) {
    const message = expect.stringMatching(/./) as string
    expect(await send(method, path, body)).toEqual({ status, body: { code, message } })
  }
})

test('requests of web pages are refused', async () => {
  const { cluster, server, send } = await startControlled()
  const rebound = await controlApi(cluster).request('/brokers', {
    headers: { host: 'evil.example' },
  })
  expect(rebound.status).toBe(403)
  const foreign = await send('POST', '/brokers/1/kill', undefined, {
    origin: 'http://evil.example',
  })
  expect(foreign).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
  const { status } = await send('GET', '/brokers', undefined, { origin: server.url })
  expect(status).toBe(200)
})

test('a port that is in use is an error', async () => {
  const { cluster, server } = await startControlled()
  const port = Number(new URL(server.url).port)
  await expect(startControlServer(cluster, port)).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
  })
})
