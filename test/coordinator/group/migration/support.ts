import { encodeAssignment, encodeSubscription } from '../../../../src/protocol/consumer-protocol.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { consumerHarness } from '../consumer/support.ts'
import { GROUP, type Harness, type JoinOverrides, type Member } from '../support.ts'

export { REBALANCE_MS, SESSION_MS } from '../support.ts'

/** A coordinator without delays, and with four partitions of topic `t`. */
export function migrationHarness(
  configs: Record<string, number | string> = {},
  profile: 'test' | 'faithful' = 'faithful',
): Harness {
  return consumerHarness({ 'group.initial.rebalance.delay.ms': 0, ...configs }, profile)
}

/** The protocols of a classic member. */
export function protocols(...names: readonly string[]) {
  const metadata = Buffer.from(encodeSubscription(1, { topics: ['t'], ownedPartitions: [] }))
  return (names.length === 0 ? ['range'] : names).map((name) => ({ name, metadata }))
}

/** A stable classic group in which each member has one partition of topic `t`. */
export async function classicGroup(
  harness: Harness,
  count: number,
  overrides: (index: number) => JoinOverrides = () => ({}),
): Promise<Member[]> {
  const members = Array.from({ length: count }, (_, index) => harness.member(`c${index}`))
  await harness.answered(
    ...members.map((member, index) =>
      member.join({ apiVersion: 3, protocols: protocols(), ...overrides(index) }),
    ),
  )
  await assign(harness, members, (index) => overrides(index).groupInstanceId ?? null)
  return members
}

/** The leader gives each member one partition. */
export async function assign(
  harness: Harness,
  members: readonly Member[],
  instanceId: (index: number) => string | null = () => null,
): Promise<void> {
  const assignments = members.map(({ memberId }, index) => ({
    memberId,
    assignment: encodeAssignment(1, {
      assignedPartitions: [{ topic: 't', partitions: [index] }],
    }),
  }))
  await Promise.all(
    members.map(async (member, index) =>
      harness.coordinator.classic.syncGroup(
        {
          groupId: GROUP,
          generationId: member.generationId,
          memberId: member.memberId,
          groupInstanceId: instanceId(index),
          protocolType: 'consumer',
          protocolName: 'range',
          assignments: index === 0 ? assignments : [],
        },
        member.context(5),
      ),
    ),
  )
}

/** Lets a classic member join a consumer group with this id. */
export async function joinWithId(
  harness: Harness,
  memberId: string,
  overrides: JoinOverrides = {},
): Promise<Member> {
  const member = harness.member(memberId)
  member.memberId = memberId
  const { errorCode } = await member.join({ protocols: protocols(), ...overrides })
  if (errorCode !== ErrorCode.None) throw new Error(`JoinGroup was answered with ${errorCode}`)
  return member
}

/** Lists the kind and the state of the group. */
export function kindOf(harness: Harness): string | undefined {
  const { groups } = harness.coordinator.admin.listGroups({
    statesFilter: [],
    typesFilter: [],
  }) as { readonly groups: readonly { groupType: string; groupState: string }[] }
  const [group] = groups
  return group && `${group.groupType} ${group.groupState}`
}
