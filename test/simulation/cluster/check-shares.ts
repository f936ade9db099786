import { disagree } from '../agree.ts'
import { Dice } from '../dice.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeShareGroupOffsets } from '../../../src/protocol/messages/90-describe-share-group-offsets.ts'
import { untilTransactionsRest } from './check-transactions.ts'
import type { Client } from './client/client.ts'
import { offsetsOf } from './client/share-offsets.ts'
import { sharePartitionKey } from './model/shares-model.ts'
import { joinShareGroup, sharedTopics, shareGroups } from './steps/share-steps.ts'
import type { People } from './steps/people.ts'
import type { World } from './world.ts'

/** The longest that share groups may take for their records, in milliseconds. */
const MAX_DRAINING_MS = 60_000

/** Waits until members of the share groups have processed each record. */
export async function untilSharesDrained(world: World, people: People): Promise<void> {
  const { shares } = world.model
  const used = shareGroups.filter((group) => shares.isUsed(group))
  if (used.length === 0) return
  const dice = new Dice(world.settings.seed)
  const client = people.newClient('checker', dice)
  // The records of an open transaction may have to wait for its end.
  await untilTransactionsRest(world, client)
  for (const group of used) await joinShareGroup({ world, people, dice }, group)
  const untilMs = world.time.nowMs + MAX_DRAINING_MS
  for (;;) {
    await client.refresh()
    let missing: string | undefined
    for (const group of used) missing ??= await undelivered(world, client, group)
    if (missing === undefined) return client.close()
    if (world.time.nowMs > untilMs) disagree(missing)
    await world.time.pass(500)
  }
}

/** Returns the first record that a share group has not processed. */
async function undelivered(
  { model: { topics, shares } }: World,
  client: Client,
  group: string,
): Promise<string | undefined> {
  for (const topic of topics.listed.filter(({ name }) => sharedTopics.includes(name))) {
    for (let partition = 0; partition < topic.listedCount; partition++) {
      const offsets = await offsetsOf(client, topic, partition)
      const name = sharePartitionKey(group, topic.id, partition)
      // A leader whose metadata lagged may have ignored where the group starts.
      const offset = shares.unprocessed(name, offsets, !topics.lag.hasBegun)
      if (offset !== undefined) return `${name}: ${offset} is not delivered`
    }
  }
  return undefined
}

/**
 * Returns the start offsets of the share groups, which have no members. They must be the same after
 * a restart.
 */
export async function describeShares(world: World, people: People): Promise<[string, number][]> {
  // Share groups may not be supported any more.
  if (world.lostAtMs > -Infinity) return []
  const client = people.newClient('checker', new Dice(world.settings.seed))
  const described: [string, number][] = []
  for (const group of shareGroups) {
    const request = { groups: [{ groupId: group, topics: null }] }
    const port = () => client.coordinatorPort(group)
    const { response } = await client.ask(port, DescribeShareGroupOffsets, 1, request)
    const [{ errorCode, topics }] = response.groups as [(typeof response.groups)[number]]
    if (errorCode !== ErrorCode.None) disagree(`${group} is described with error ${errorCode}`)
    for (const { topicId, partitions } of topics) {
      for (const { partitionIndex, startOffset, errorCode: error } of partitions) {
        const name = sharePartitionKey(group, topicId, partitionIndex)
        if (error !== ErrorCode.None) disagree(`${name} is described with error ${error}`)
        described.push([name, startOffset])
      }
    }
  }
  client.close()
  return described.sort(([one], [other]) => (one < other ? -1 : 1))
}
