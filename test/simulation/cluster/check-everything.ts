import { agree, disagree } from '../agree.ts'
import { Dice } from '../dice.ts'
import {
  describeAll,
  untilTransactionsRest,
  type DescribedTransactions,
} from './check-transactions.ts'
import type { Member } from './client/member.ts'
import { fetchOffsets } from './client/offsets.ts'
import { simpleGroups, subscriptions } from './steps/group-steps.ts'
import type { People } from './steps/people.ts'
import { readWhole } from './steps/read-partition.ts'
import type { World } from './world.ts'

/** The longest that a group may rebalance when no more faults happen, in milliseconds. */
const MAX_REBALANCING_MS = 40_000

/**
 * Stops all faults, waits until everything is at rest, and checks all partitions, groups and
 * offsets: before a clean restart and after it.
 */
export async function checkEverything(world: World, people: People): Promise<void> {
  world.trace.note('history', () => 'comes to its end')
  world.isSettling = true
  world.cluster.network.heal()
  await startWithoutFaults(world)
  await world.idle()
  await startWithoutFaults(world)
  await untilGroupsRest(world, people)
  const transactions = await checkAllThereIs(world, people)
  for (const member of people.living()) member.end('leaves')
  await Promise.all(people.members.map(({ ended }) => ended))
  people.close()
  await world.cluster.close()
  await world.cluster.start()
  const restored = await checkAllThereIs(world, people)
  agree('the transactions after a restart', [...restored], [...transactions])
  people.close()
  await world.cluster.close()
}

/** Restarts the brokers if the disk of one has failed. */
async function startWithoutFaults(world: World): Promise<void> {
  world.cluster.files?.heal()
  if (world.cluster.files?.hasFailed === true) world.cluster.crash(false)
  await world.cluster.start()
}

async function untilGroupsRest(world: World, people: People): Promise<void> {
  const untilMs = world.time.nowMs + MAX_REBALANCING_MS
  const client = people.newClient('checker', new Dice(world.settings.seed))
  for (;;) {
    await client.refresh()
    const [first] = Object.keys(subscriptions).flatMap((group) => unrestOf(world, people, group))
    if (first === undefined) return client.close()
    if (world.time.nowMs > untilMs) disagree(first)
    await world.time.pass(500)
  }
}

/**
 * Returns the reasons why a group is not at rest. At rest, all members are in one generation, and
 * exactly one member owns each partition.
 */
function unrestOf(world: World, people: People, group: string): string[] {
  if (people.members.some(({ isWorking }) => isWorking)) return [`a member of ${group} is working`]
  const members = people.living().filter((member) => member.group === group)
  if (members.length === 0) return []
  const homeless = members.find(({ owned }) => owned === undefined)
  if (homeless !== undefined) return [`${homeless.client.name} does not get into ${group}`]
  const generations = new Set(members.map(({ generation }) => generation))
  if (generations.size > 1) return [`${group} is in the generations ${[...generations].join(', ')}`]
  return [...ownershipFaults(world, group, members)]
}

function* ownershipFaults(
  world: World,
  group: string,
  members: readonly Member[],
): Generator<string> {
  const owned = members.flatMap((member) => [...member.owned!])
  const wanted = world.model.topics.listed
    .filter((topic) => subscriptions[group]!.includes(topic.name))
    .flatMap(({ name, partitions }) => partitions.map((_, index) => `${name}-${index}`))
  for (const partition of new Set([...owned, ...wanted])) {
    const owners = owned.filter((each) => each === partition).length
    const expected = wanted.includes(partition) ? 1 : 0
    if (owners !== expected) yield `${partition} is owned by ${owners} members of ${group}`
  }
}

/** Checks everything, and returns the state of all transactional ids. */
async function checkAllThereIs(world: World, people: People): Promise<DescribedTransactions> {
  const dice = new Dice(world.settings.seed)
  const client = people.newClient('checker', dice)
  await untilTransactionsRest(world, client)
  for (const id of world.cluster.brokerIds) {
    const port = async (): Promise<number> => world.cluster.portOf(id)
    for (const { topicId, partitions } of await client.refresh(port)) {
      const topic = world.model.topics.topics.get(topicId)
      for (const { partitionIndex, leaderEpoch } of partitions) {
        topic?.partitions[partitionIndex]!.checkRestingEpoch(leaderEpoch)
      }
    }
  }
  for (const topic of world.model.topics.topics.values()) {
    for (const partition of topic.partitions.keys()) await readWhole(client, topic, partition)
  }
  for (const group of [...simpleGroups, ...Object.keys(subscriptions)]) {
    await fetchOffsets(client, group, false)
    const committed = await fetchOffsets(client, group, true)
    const isKnown = (partition: string): boolean =>
      !world.model.topics.wasDeleted(partition.slice(0, partition.lastIndexOf('-')))
    world.model.transforms.check(group, committed, isKnown)
  }
  const transactions = await describeAll(world, client)
  client.close()
  return transactions
}
