import { disagree } from '../agree.ts'
import { Dice } from '../dice.ts'
import { taskFaults } from './check-tasks.ts'
import type { GroupMember } from './client/group-member.ts'
import { StreamsMember } from './client/streams-member.ts'
import { groupsWithMembers } from './steps/group-steps.ts'
import { Newcomers, type Misowned } from './steps/newcomers.ts'
import type { People } from './steps/people.ts'
import { shareGroups } from './steps/share-steps.ts'
import type { World } from './world.ts'

/** The longest that a group may rebalance when no more faults happen, in milliseconds. */
const MAX_REBALANCING_MS = 40_000

/** The reason for which a group is not at rest. */
interface Unrest {
  readonly group: string
  readonly reason: string
  /** Default: the owners of partitions are not the reason. */
  readonly misowned?: Misowned | undefined
}

/**
 * Waits until all groups are at rest. A group that may have wrong owners until its next rebalance
 * gets one more member.
 */
export async function untilGroupsRest(world: World, people: People): Promise<void> {
  let untilMs = world.time.nowMs + MAX_REBALANCING_MS
  const dice = new Dice(world.settings.seed)
  const client = people.newClient('checker', dice)
  const newcomers = new Newcomers(world, people, dice)
  for (;;) {
    await client.refresh()
    const [first] = [...groupsWithMembers, ...shareGroups].flatMap((group) => [
      ...unrestOf(world, people, group),
    ])
    if (first === undefined) return client.close()
    if (world.time.nowMs > untilMs) {
      const { group, reason, misowned } = first
      if (misowned === undefined || !newcomers.mayHelp(group, misowned)) disagree(reason)
      newcomers.start(group)
      untilMs = world.time.nowMs + MAX_REBALANCING_MS
    }
    await world.time.pass(500)
  }
}

/**
 * Returns the reasons why a group is not at rest. At rest, all members are in one generation, and
 * exactly one member owns each partition.
 */
function* unrestOf(world: World, people: People, group: string): Generator<Unrest> {
  if (people.members.some(({ isWorking }) => isWorking)) {
    return yield { group, reason: `a member of ${group} is working` }
  }
  const members = people.living().filter((member) => member.group === group)
  if (members.length === 0) return
  const homeless = members.find(({ owned }) => owned === undefined)
  if (homeless !== undefined) {
    return yield { group, reason: `${homeless.client.name} does not get into ${group}` }
  }
  const generations = new Set(members.map(({ generation }) => generation))
  // As in Kafka, share members may stay behind: their assignment is the same.
  if (generations.size > 1 && members[0]!.sharesPartitions !== true) {
    return yield { group, reason: `${group} is in the generations ${[...generations].join(', ')}` }
  }
  const streaming = members.filter((member) => member instanceof StreamsMember)
  if (streaming.length === 0) return yield* ownershipFaults(world, group, members)
  for (const reason of taskFaults(world, group, streaming)) yield { group, reason }
}

function* ownershipFaults(
  world: World,
  group: string,
  members: readonly GroupMember[],
): Generator<Unrest> {
  const owned = members.flatMap((member) => [...member.owned!])
  const subscribed = new Set(members.flatMap(({ topics }) => topics))
  const wanted = new Map(
    world.model.topics.listed
      .filter((topic) => subscribed.has(topic.name))
      .flatMap(({ id, name, listedCount }) =>
        Array.from({ length: listedCount }, (_, index) => [`${name}-${index}`, `${id}-${index}`]),
      ),
  )
  for (const partition of new Set([...owned, ...wanted.keys()])) {
    const owners = owned.filter((each) => each === partition).length
    const expected = wanted.has(partition) ? 1 : 0
    if (members[0]!.sharesPartitions === true && owners >= expected) continue
    if (owners === expected) continue
    const reason = `${partition} is owned by ${owners} members of ${group}`
    const misowned = owners > 1 ? undefined : { id: wanted.get(partition) }
    yield { group, reason, misowned }
  }
  for (const { client, owned: all, topics } of members) {
    const foreign = all!.find((each) => !topics.includes(each.slice(0, each.lastIndexOf('-'))))
    if (foreign === undefined) continue
    yield { group, reason: `${client.name} owns ${foreign} without a subscription` }
  }
}
