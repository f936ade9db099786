import { agree } from '../agree.ts'
import { Dice } from '../dice.ts'
import { checkReplicas } from './check-replicas.ts'
import { untilGroupsRest } from './check-groups.ts'
import { describeShares, untilSharesDrained } from './check-shares.ts'
import {
  describeAll,
  untilTransactionsRest,
  type DescribedTransactions,
} from './check-transactions.ts'
import { fetchOffsets } from './client/offsets.ts'
import { groupsWithMembers, simpleGroups } from './steps/group-steps.ts'
import type { People } from './steps/people.ts'
import { readWhole } from './steps/read-partition.ts'
import type { World } from './world.ts'

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
  await untilSharesDrained(world, people)
  await untilGroupsRest(world, people)
  const transactions = await checkAllThereIs(world, people)
  await checkReplicas(world)
  for (const member of people.living()) member.end('leaves')
  await Promise.all(people.members.map(({ ended }) => ended))
  const shares = await describeShares(world, people)
  people.close()
  await world.cluster.close()
  await world.cluster.start()
  const restored = await checkAllThereIs(world, people)
  agree('the transactions after a restart', [...restored], [...transactions])
  agree('the share groups after a restart', await describeShares(world, people), shares)
  people.close()
  await world.cluster.close()
}

/** Restarts the brokers if the disk of one has failed. */
async function startWithoutFaults(world: World): Promise<void> {
  world.cluster.files?.heal()
  if (world.cluster.files?.hasFailed === true) world.cluster.crash(false)
  await world.cluster.start()
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
  for (const group of [...simpleGroups, ...groupsWithMembers]) {
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
