import { Member } from '../client/member.ts'
import * as offsets from '../client/offsets.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import { Transformer } from '../client/transformer.ts'
import type { StepContext } from './steps.ts'

/** The groups with members, and their subscriptions. */
export const subscriptions: Readonly<Record<string, readonly string[]>> = {
  g0: ['t0', 't1'],
  g1: ['t0', 't1', 't2'],
  e0: ['t0', 't1'],
}

/** The groups whose members only commit offsets. */
const usualGroups = ['g0', 'g1']

/** The groups whose members write records and offsets in transactions. */
const transformingGroups = ['e0']

/** The groups without members. Clients only commit offsets for them. */
export const simpleGroups = ['s0', 's1']

const MAX_MEMBERS = 4
const MAX_TRANSFORMERS = 3

export function joinGroup({ people, dice, world }: StepContext): void {
  if (people.living().length >= MAX_MEMBERS) return
  const group = dice.pick(usualGroups)
  const instanceId = dice.chance(0.3) ? dice.pick(['i0', 'i1']) : null
  const client = people.newClient('member', dice)
  const member = new Member(client, { group, topics: subscriptions[group]!, instanceId })
  launch(member, { people, world })
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
  launch(new Member(client, options, (member) => transformer.work(member)), { people, world })
}

/** The history does not wait for a member: it stays until a later step ends it. */
function launch(member: Member, { people, world }: Pick<StepContext, 'people' | 'world'>): void {
  people.members.push(member)
  member.ended = member.run().catch((error: unknown) => world.time.fail(error as Error))
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
  const group = dice.pick([...simpleGroups, ...Object.keys(subscriptions)])
  await offsets.fetchOffsets(client, group, dice.chance(0.5))
  client.close()
}

export async function deleteGroup({ people, dice }: StepContext): Promise<void> {
  const client = people.newClient('committer', dice)
  await offsets.deleteGroup(client, dice.pick([...simpleGroups, ...usualGroups]))
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
