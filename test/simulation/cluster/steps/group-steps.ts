import { ConsumerMember } from '../client/consumer-member.ts'
import { Member } from '../client/member.ts'
import * as offsets from '../client/offsets.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import { Transformer } from '../client/transformer.ts'
import type { Dice } from '../../dice.ts'
import { MIGRATING_GROUP } from './migration-steps.ts'
import type { StepContext } from './steps.ts'
import { STREAMS_GROUP } from './streams-steps.ts'

/** The classic groups with members, and their subscriptions. */
const subscriptions: Readonly<Record<string, readonly string[]>> = {
  g0: ['t0', 't1'],
  g1: ['t0', 't1', 't2'],
  e0: ['t0', 't1'],
}

/** The groups whose members only commit offsets. */
const usualGroups = ['g0', 'g1']

/** The groups whose members write records and offsets in transactions. */
const transformingGroups = ['e0']

/** The consumer groups (KIP-848). Their members choose their subscriptions. */
const consumerGroups = ['c0', 'c1']

/** The topics that members of consumer groups may subscribe to. */
const consumedTopics = ['t0', 't1', 't2']

/** All groups that may have members with committed offsets. */
export const groupsWithMembers: readonly string[] = [
  ...Object.keys(subscriptions),
  ...consumerGroups,
  MIGRATING_GROUP,
  STREAMS_GROUP,
]

/** The groups without members. Clients only commit offsets for them. */
export const simpleGroups = ['s0', 's1']

const MAX_MEMBERS = 4
const MAX_TRANSFORMERS = 3
const MAX_CONSUMERS = 5

export function joinGroup({ people, dice }: StepContext): void {
  if (people.living().length >= MAX_MEMBERS) return
  const group = dice.pick(usualGroups)
  const instanceId = dice.chance(0.3) ? dice.pick(['i0', 'i1']) : null
  const client = people.newClient('member', dice)
  const member = new Member(client, { group, topics: subscriptions[group]!, instanceId })
  people.launch(member)
}

/** Starts a member of a consumer group. */
export function joinConsumerGroup({ people, dice }: StepContext): void {
  const consumers = people.living().filter((member) => member instanceof ConsumerMember)
  if (consumers.length >= MAX_CONSUMERS) return
  const options = {
    group: dice.pick(consumerGroups),
    topics: someTopics(dice),
    instanceId: dice.chance(0.3) ? dice.pick(['i0', 'i1']) : null,
    usesRegex: dice.chance(0.2),
    assignor: dice.pick([null, null, 'uniform', 'range']),
  }
  people.launch(new ConsumerMember(people.newClient('consumer', dice), options))
}

/** Changes the subscription of a member of a consumer group. */
export function resubscribe({ people, dice }: StepContext): void {
  const consumers = people.living().filter((member) => member instanceof ConsumerMember)
  if (consumers.length > 0) dice.pick(consumers).subscribe(someTopics(dice))
}

/** Returns mostly all topics, so that several members have the same subscription. */
function someTopics(dice: Dice): readonly string[] {
  return dice.chance(0.6) ? consumedTopics : [dice.pick(consumedTopics)]
}

/** Starts members that transform records in transactions. */
export function joinTransformers(context: StepContext): void {
  for (let count = context.dice.between(1, 2); count > 0; count--) joinTransformer(context)
}

function joinTransformer({ people, dice, world }: StepContext): void {
  const transforming = people.living().filter(({ group }) => transformingGroups.includes(group))
  if (transforming.length >= MAX_TRANSFORMERS) return
  const group = dice.pick(transformingGroups)
  const client = people.newClient('member', dice)
  const id = world.model.transactions.id(`${group}/${client.name}`)
  const transformer = new Transformer(client, new TransactionalProducer(client, id))
  const options = { group, topics: subscriptions[group]!, instanceId: null }
  people.launch(new Member(client, options, (member) => transformer.work(member)))
}

export function leaveGroup({ people, dice }: StepContext): void {
  const living = people.living()
  if (living.length > 0) dice.pick(living).end('leaves')
}

export function vanish({ people, dice }: StepContext): void {
  const living = people.living()
  if (living.length > 0) dice.pick(living).end('vanishes')
}

export async function commit(context: StepContext): Promise<void> {
  const { people, dice } = context
  const partition = anyPartition(context)
  if (partition === undefined) return
  const client = people.newClient('committer', dice)
  const group = dice.pick(simpleGroups)
  for (let commits = dice.between(1, 3); commits > 0; commits--) {
    const committed = new Map([[partition, dice.int(1000)]])
    await offsets.commitOffsets(client, group, committed, offsets.NOBODY)
  }
  client.close()
}

export async function fetchOffsets({ people, dice }: StepContext): Promise<void> {
  const client = people.newClient('committer', dice)
  const group = dice.pick([...simpleGroups, ...groupsWithMembers])
  await offsets.fetchOffsets(client, group, dice.chance(0.5))
  client.close()
}

export async function deleteGroup({ people, dice }: StepContext): Promise<void> {
  const client = people.newClient('committer', dice)
  await offsets.deleteGroup(
    client,
    dice.pick([...simpleGroups, ...usualGroups, ...consumerGroups, STREAMS_GROUP]),
  )
  client.close()
}

export async function deleteOffset({ world, people, dice }: StepContext): Promise<void> {
  const group = dice.pick(simpleGroups)
  const partitions = world.model.offsets.partitionsOf(group)
  if (partitions.length === 0) return
  const client = people.newClient('committer', dice)
  await offsets.deleteOffset(client, group, dice.pick(partitions))
  client.close()
}

function anyPartition({ world, dice }: StepContext): string | undefined {
  const topics = [...world.model.topics.topics.values()].filter(
    ({ deletionStartedAtMs }) => deletionStartedAtMs === undefined,
  )
  if (topics.length === 0) return undefined
  const topic = dice.pick(topics)
  return `${topic.name}-${dice.int(topic.partitions.length)}`
}
