import { ConsumerMember } from '../client/consumer-member.ts'
import { Member } from '../client/member.ts'
import type { People } from './people.ts'
import type { StepContext } from './steps.ts'

/** The group whose members use the classic or the consumer protocol, and change it. */
export const MIGRATING_GROUP = 'm0'

const topics: readonly string[] = ['t0', 't1']

const MAX_MIGRATING = 5

/** Starts a member with one of the two protocols. */
export function joinMigratingGroup(context: StepContext): void {
  const { world, people, dice } = context
  if (migrating(people).length >= MAX_MIGRATING) return
  world.model.groups.forget(MIGRATING_GROUP)
  const instanceId = dice.chance(0.25) ? dice.pick(['i0', 'i1']) : null
  start(context, dice.chance(0.5), instanceId)
}

/** Ends a member, and starts it again with the other protocol, as in a rolling upgrade. */
export async function migrate(context: StepContext): Promise<void> {
  const { people, dice } = context
  const members = migrating(people)
  if (members.length === 0) return
  const member = dice.pick(members)
  member.end(dice.pick(['leaves', 'leaves', 'vanishes']))
  await member.ended
  start(context, member instanceof Member, member.instanceId)
}

function start(
  { world, people, dice }: StepContext,
  usesConsumerProtocol: boolean,
  instanceId: string | null,
): void {
  const client = people.newClient('migrant', dice)
  const options = { group: MIGRATING_GROUP, topics, instanceId, migrates: true }
  if (usesConsumerProtocol) {
    const assignor = dice.pick([null, null, 'uniform', 'range'])
    people.launch(new ConsumerMember(client, { ...options, usesRegex: false, assignor }))
  } else {
    const assignor = world.settings.migratingAssignor
    people.launch(new Member(client, { ...options, assignor }))
  }
}

function migrating(people: People): (Member | ConsumerMember)[] {
  return people
    .living()
    .filter(({ group }) => group === MIGRATING_GROUP)
    .filter((member) => member instanceof Member || member instanceof ConsumerMember)
}
