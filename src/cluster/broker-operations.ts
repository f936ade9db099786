import { OdradekError } from '../platform/odradek-error.ts'
import { allInSync } from './all-in-sync.ts'
import type { RemoveBrokerOptions, RollingRestartOptions } from './broker-operation-options.ts'
import type { WaitOptions } from './wait-options.ts'
import { drainPlan } from './drain-plan.ts'
import type { Nodes } from './nodes.ts'
import { checkOptions, removeBrokerRules, rollingRestartRules } from './option-rules.ts'
import { PartitionReplicas } from './partition-replicas.ts'

/** Removes a broker from a cluster: see `Cluster.removeBroker`. */
export async function removeBroker(
  nodes: Nodes,
  brokerId: number,
  options: RemoveBrokerOptions = {},
): Promise<void> {
  checkOptions(options, removeBrokerRules, 'removeBroker')
  const { force = false, ...limits } = options
  const node = nodes.get(brokerId)
  if (nodes.all.length === 1) throw inUse(brokerId, 'it is the last one: close the cluster')
  if (!force) await drain(nodes, brokerId, limits)
  if (node.isPaused) await nodes.kill(brokerId)
  await nodes.remove(brokerId)
}

/** Restarts the running brokers, one after the other: see `Cluster.rollingRestart`. */
export async function rollingRestart(
  nodes: Nodes,
  options: RollingRestartOptions = {},
): Promise<void> {
  checkOptions(options, rollingRestartRules, 'rollingRestart')
  const { onEach, ...limits } = options
  const inSync = () => nodes.waits.until(allInSync(nodes), limits, 'rollingRestart')
  // The active controller is the last one, so that it moves only once.
  const isController = (id: number) => (id === nodes.quorum.leaderId ? 1 : 0)
  const ids = nodes.running.map(({ id }) => id)
  ids.sort((a, b) => isController(a) - isController(b))
  await inSync()
  for (const id of ids) {
    await nodes.stop(id)
    await nodes.start(id)
    await inSync()
    await onEach?.(id)
  }
}

async function drain(nodes: Nodes, brokerId: number, limits: WaitOptions): Promise<void> {
  const plan = drainPlan(nodes.image, brokerId)
  const stuck = plan.filter(({ target }) => target === undefined)
  if (stuck.length > 0) {
    const names = stuck.slice(0, 3).map(({ topic, partition }) => `${topic}-${partition}`)
    const more = stuck.length > names.length ? ` and ${stuck.length - names.length} others` : ''
    throw inUse(
      brokerId,
      `no other broker can take its replica of ${names.join(', ')}${more}: add or start a broker, reduce the replicas with setReplicas(), or use force`,
    )
  }
  const moves = plan.map(({ topic, partition, target }) =>
    new PartitionReplicas(topic, partition, nodes).setReplicas(target!, limits),
  )
  await Promise.all(moves)
}

function inUse(brokerId: number, reason: string): OdradekError {
  return new OdradekError(
    'BROKER_IN_USE',
    `Broker ${brokerId} cannot be removed, because ${reason}`,
  )
}
