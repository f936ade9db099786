import { Produce } from '../../../../src/protocol/messages/00-produce.ts'
import type { BrokerEnd } from '../machine/simulated-cluster.ts'
import type { StepContext } from './steps.ts'

const MAX_BROKERS = 4

const endsOfProcess: readonly BrokerEnd[] = ['stop', 'kill']
const endsOfMachine: readonly BrokerEnd[] = [...endsOfProcess, 'power']

const effects = ['nothing', 'half', 'everything'] as const

/** Resets some connections, or all. */
export function reset({ world, dice }: StepContext): void {
  const share = dice.pick([0.2, 1])
  world.trace.note('network', () => `resets ${share * 100} % of the connections`)
  world.cluster.network.reset(() => dice.chance(share))
}

/** Cuts one client off from one broker for a while. */
export function cutOff({ world, dice }: StepContext): void {
  const { network } = world.cluster
  const connections = [...network.connections]
  if (connections.length === 0) return
  const { client, port } = dice.pick(connections)
  const forMs = dice.pick([200, 1000, 4000, 9000])
  world.trace.note('network', () => `cuts ${client} off from ${port} for ${forMs} ms`)
  network.cut(client, port, forMs)
}

/** Sends a part of a request and closes the connection. */
export function halfRequest({ world, people, dice }: StepContext): void {
  const client = people.newClient('producer', dice)
  const topicData = [{ name: 't0', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitionData: [] }]
  const request = { acks: 1, timeoutMs: 1000, topicData }
  client.connection(world.anyPort(dice)).sendHalf(Produce, 13, request, dice.int(100) / 100)
}

/** Stops some clients from reading for a while. */
export function slowReader({ world, dice }: StepContext): void {
  const forMs = dice.between(50, 1500)
  world.trace.note('network', () => `some clients read nothing for ${forMs} ms`)
  for (const connection of world.cluster.network.connections) {
    if (dice.chance(0.3)) connection.pauseReading(forMs)
  }
}

/** Kills the process of the brokers and starts it again. */
export async function kill({ world, dice }: StepContext): Promise<void> {
  world.cluster.crash(false)
  await startAgain({ world, dice })
}

/** Fails the power of all machines and starts the brokers again. */
export async function powerFailure({ world, dice }: StepContext): Promise<void> {
  world.cluster.crash(true, dice.between(10, 500))
  await startAgain({ world, dice })
}

/** Kills the brokers during an operation on a disk, perhaps while they start. */
export async function killAtOperation(context: StepContext): Promise<void> {
  const { world, dice } = context
  const { cluster, settings } = world
  const brokerId = dice.pick(cluster.brokerIds)
  const skip = dice.int(dice.pick([10, 60]))
  const effect = dice.pick(effects)
  const canLosePower = settings.durability === 'fsync' || settings.losesAcknowledged
  const losesPower = canLosePower && dice.chance(0.6)
  const arm = (files: NonNullable<typeof cluster.files>): void => {
    if (world.isSettling) return
    world.trace.note('cluster', () => {
      const what = losesPower ? 'loses its power' : 'is killed'
      return `${what} in ${skip} operations on the disk of ${brokerId} (${effect})`
    })
    cluster.killAtOperation(files, brokerId, { skip, effect }, losesPower)
  }
  if (dice.chance(0.3)) {
    cluster.crash(losesPower)
    await startAgain(context, arm)
  } else if (cluster.files !== undefined) {
    arm(cluster.files)
  }
  await world.time.pass(dice.between(100, 2000))
  await startAgain(context)
}

/**
 * Makes one of the next operations on a disk fail, or all later ones. Restarts the brokers after a
 * while.
 */
export async function diskFault(context: StepContext): Promise<void> {
  const { world, dice } = context
  const { files } = world.cluster
  if (files === undefined || !world.cluster.isRunning) return
  const brokerId = dice.pick(world.cluster.brokerIds)
  const code = dice.pick(['EIO', 'ENOSPC'])
  const skip = dice.int(20)
  const times = dice.chance(0.5) ? 1 : Infinity
  const effect = dice.pick(effects)
  world.trace.note(
    'cluster',
    () => `${code} is to come on disk ${brokerId} in ${skip} operations, ${times} times`,
  )
  files.inject(brokerId, { code, skip, times, effect })
  await world.time.pass(dice.between(200, 3000))
  // It finds no copy of the metadata log, if the disks of all brokers have failed.
  if (files.hasFailed && dice.chance(0.5) && world.cluster.files === files) {
    await addBroker(context)
  }
  files.heal()
  if (!files.hasFailed || world.cluster.files !== files) return
  world.cluster.crash(false)
  await startAgain(context)
}

/** Closes the cluster and starts it again. */
export async function restart({ world, dice }: StepContext): Promise<void> {
  if (!world.cluster.isRunning) return
  await world.cluster.close()
  await startAgain({ world, dice })
}

/** Stops one of the brokers, or kills it, and starts it again. The others keep running. */
export async function restartBroker({ world, dice }: StepContext): Promise<void> {
  const brokerId = dice.pick(world.cluster.brokerIds)
  const { replicas } = world.settings
  const how = dice.pick(replicas === 1 ? endsOfProcess : endsOfMachine)
  await world.cluster.restartBroker(brokerId, how, dice.between(1, 3000))
}

/** Adds a broker, unless the cluster has many. */
export async function addBroker({ world }: StepContext): Promise<void> {
  if (world.cluster.brokerIds.length < MAX_BROKERS) await world.cluster.addBroker()
}

/** Makes the metadata of one broker lag for a while. */
export async function metadataLag({ world, dice }: StepContext): Promise<void> {
  const { cluster, model } = world
  const brokerId = dice.pick(cluster.brokerIds)
  const port = cluster.portOf(brokerId)
  const { lag } = model.topics
  if (!cluster.isRunning || lag.isStale(port, Number.MAX_VALUE)) return
  lag.begin(port)
  await cluster.holdMetadata(brokerId, dice.pick([20, 300, 3000]))
  lag.end(port, world.time.nowMs)
}

async function startAgain(
  { world, dice }: Pick<StepContext, 'world' | 'dice'>,
  arrange?: Parameters<typeof world.cluster.start>[0],
): Promise<void> {
  await world.time.pass(dice.between(1, 1500))
  await world.cluster.start(arrange)
}
