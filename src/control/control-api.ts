import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Cluster, NetworkEnd } from '../index.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ActiveFaults } from './active-faults.ts'
import { brokerActions, type BrokerResource } from './broker-resource.ts'
import { fromThisMachine } from './from-this-machine.ts'

/**
 * Returns the HTTP API that controls a cluster, for programs in other processes. Each response
 * comes when its operation is complete. Errors have a JSON body with `code` and `message`.
 */
export function controlApi(cluster: Cluster): Hono {
  const app = new Hono()
  app.use(fromThisMachine)
  app.onError((error, context) => failure(context, error))
  app.notFound((context) => {
    const message = `${context.req.method} ${context.req.path} does not exist: see docs/failures.md`
    return context.json({ code: 'NOT_FOUND', message }, 404)
  })
  addBrokers(app, cluster)
  addFaults(app, cluster, new ActiveFaults())
  addPartitions(app, cluster)
  return app
}

function addBrokers(app: Hono, cluster: Cluster): void {
  const resource = (id: number): BrokerResource => {
    const { host, port, isRunning, isPaused, state } = cluster.broker(id)
    return { id, host, port, isRunning, isPaused, state }
  }
  app.get('/brokers', (context) => context.json(cluster.brokers.map(({ id }) => resource(id))))
  app.post('/brokers', async (context) => {
    const { id } = await cluster.addBroker(await bodyOf(context))
    return context.json(resource(id), 201)
  })
  app.get('/brokers/:id', (context) => context.json(resource(brokerOf(context))))
  app.delete('/brokers/:id', async (context) => {
    await cluster.removeBroker(brokerOf(context), { force: context.req.query('force') === 'true' })
    return context.body(null, 204)
  })
  for (const action of brokerActions) {
    app.post(`/brokers/:id/${action}`, async (context) => {
      const id = brokerOf(context)
      await cluster.broker(id)[action]()
      return context.json(resource(id))
    })
  }
  app.post('/rolling-restart', async (context) => {
    const restarted: number[] = []
    await cluster.rollingRestart({ onEach: (id) => void restarted.push(id) })
    return context.json({ restarted })
  })
}

function addFaults(app: Hono, cluster: Cluster, faults: ActiveFaults): void {
  const { network } = cluster
  app.get('/network/faults', (context) => context.json(faults.list()))
  app.post('/network/partitions', async (context) => {
    const { groups } = await bodyOf<{ groups: NetworkEnd[][] }>(context)
    return context.json(faults.add({ groups }, network.partition(groups)), 201)
  })
  app.post('/network/cuts', async (context) => {
    const { from, to, oneWay } = await bodyOf<{
      from: NetworkEnd
      to: NetworkEnd
      oneWay?: boolean
    }>(context)
    const fault = oneWay === true ? network.cutOneWay(from, to) : network.cut(from, to)
    return context.json(faults.add({ cut: [from, to], oneWay: oneWay === true }, fault), 201)
  })
  app.post('/network/delays', async (context) => {
    const { from, to, ms } = await bodyOf<{ from: NetworkEnd; to: NetworkEnd; ms: number }>(context)
    const fault = network.delay(from, to, { ms })
    return context.json(faults.add({ delayed: [from, to], ms }, fault), 201)
  })
  app.post('/brokers/:id/isolate', (context) => {
    const id = brokerOf(context)
    return context.json(faults.add({ isolated: id }, cluster.broker(id).isolate()), 201)
  })
  app.delete('/network/faults', async (context) => {
    await faults.healAll()
    return context.body(null, 204)
  })
  app.delete('/network/faults/:id', async (context) => {
    await faults.heal(Number(context.req.param('id')))
    return context.body(null, 204)
  })
}

function addPartitions(app: Hono, cluster: Cluster): void {
  const path = '/topics/:topic/partitions/:partition'
  const partitionOf = (context: Context) =>
    cluster.topic(context.req.param('topic')!).partition(Number(context.req.param('partition')))
  const show = (context: Context) => {
    const { topic, partition, leader = null, leaderEpoch, replicas, isr } = partitionOf(context)
    return context.json({ topic, partition, leader, leaderEpoch, replicas, isr })
  }
  app.get(path, show)
  app.put(`${path}/leader`, async (context) => {
    const { broker } = await bodyOf<{ broker: number }>(context)
    await partitionOf(context).moveLeader(broker)
    return show(context)
  })
  app.put(`${path}/replicas`, async (context) => {
    const { brokers } = await bodyOf<{ brokers: number[] }>(context)
    await partitionOf(context).setReplicas(brokers)
    return show(context)
  })
  app.post('/in-sync', async (context) => {
    const { timeoutMs } = await bodyOf<{ timeoutMs?: number }>(context)
    await cluster.inSync(timeoutMs === undefined ? {} : { timeoutMs })
    return context.body(null, 204)
  })
}

function brokerOf(context: Context): number {
  return Number(context.req.param('id'))
}

/** Returns the JSON body; an empty object if there is none. */
async function bodyOf<T extends object>(context: Context): Promise<T> {
  const text = await context.req.text()
  if (text === '') return {} as T
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Reported below.
  }
  throw new OdradekError('INVALID_OPTION', 'The body of the request must be a JSON object')
}

function failure(context: Context, error: unknown): Response {
  if (error instanceof OdradekError) {
    const { code, message } = error
    return context.json({ code, message }, statusOf(code))
  }
  return context.json({ code: 'INTERNAL_ERROR', message: String(error) }, 500)
}

function statusOf(code: OdradekError['code']): ContentfulStatusCode {
  if (code.startsWith('UNKNOWN_')) return 404
  if (code.startsWith('INVALID_')) return 400
  if (code === 'CLUSTER_CLOSED') return 503
  return code === 'TIMEOUT' ? 504 : 409
}
