import { describe, expect, inject, test } from 'vitest'
import type { LoggedMember } from './support/driver-client.ts'
import type { Client, MemberKind } from './support/shared-group.ts'
import { SharedGroup } from './support/shared-group.ts'

const tools = inject('tools')
const { missing } = { ...tools.kafkaClients['4.4.0'], ...tools.python }
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`

/** Replaces all members of a group, one after the other. Returns the type after each step. */
async function replaceMembers(
  group: SharedGroup,
  members: LoggedMember[],
  replacement: { with: readonly MemberKind[]; first: 'join' | 'leave' },
): Promise<string[]> {
  const types: string[] = []
  const step = {
    join: async (kind: MemberKind) => members.push(await group.join(kind)),
    leave: () => members.shift()!.leave(),
  }
  const second = replacement.first === 'join' ? 'leave' : 'join'
  for (const kind of replacement.with) {
    await step[replacement.first](kind)
    types.push(await group.balanced())
    await step[second](kind)
    types.push(await group.balanced())
  }
  return types
}

describe.skipIf(missing !== undefined)(`A group that several clients share${skipped}`, () => {
  test.each<{
    assignor: string
    classic: readonly MemberKind[]
    consumer: readonly MemberKind[]
    again: readonly MemberKind[]
  }>([
    {
      assignor: 'range',
      classic: ['kafkajs', 'java classic', 'librdkafka classic'],
      consumer: ['java consumer', 'librdkafka consumer', 'java consumer'],
      again: ['librdkafka classic', 'java classic', 'kafkajs'],
    },
    {
      assignor: 'cooperative-sticky',
      classic: ['java classic', 'librdkafka classic'],
      consumer: ['librdkafka consumer', 'java consumer'],
      again: ['java classic', 'librdkafka classic'],
    },
  ])(
    'moves from $assignor to the consumer protocol and back, without losing or repeating records',
    async ({ assignor, classic, consumer, again }) => {
      const group = await SharedGroup.start(tools, { assignor })
      const members: LoggedMember[] = []
      const values = await group.produceDuring(async () => {
        for (const kind of classic) {
          members.push(await group.join(kind))
          expect(await group.balanced()).toBe('classic')
        }
        const up = await replaceMembers(group, members, { with: consumer, first: 'join' })
        expect(up).toEqual(up.map(() => 'consumer'))
        const down = await replaceMembers(group, members, { with: again, first: 'leave' })
        // The last member of the consumer protocol is the next to last to leave.
        const expected = down.map((_, step) => (step < down.length - 2 ? 'consumer' : 'classic'))
        expect(down).toEqual(expected)
      })
      await group.processed(values)
      // Real Kafka has no timeline.
      if (group.causes !== undefined) {
        expect(group.causes, group.history).toEqual([
          ...classic.map(() => 'joined'),
          'migrated to a consumer group',
          ...consumer.flatMap(() => ['joined', 'left']),
          ...again.slice(1).flatMap(() => ['left', 'joined']),
          'migrated to a classic group',
          'left',
          'joined',
        ])
      }
      expect(await group.leave()).toBe(0)
      expect(group.repeated()).toEqual([])
    },
  )

  test.each<{ policy: string; client: Client; upgraded: string; joined: string; left: string }>([
    {
      policy: 'upgrade',
      client: 'librdkafka',
      upgraded: 'consumer',
      joined: 'consumer',
      left: 'consumer',
    },
    {
      policy: 'downgrade',
      client: 'java',
      upgraded: 'refused',
      joined: 'consumer',
      left: 'classic',
    },
    {
      policy: 'disabled',
      client: 'librdkafka',
      upgraded: 'refused',
      joined: 'refused',
      left: 'consumer',
    },
  ])(
    'lets members of $client in with both protocols as the policy $policy allows',
    async ({ policy, client, upgraded, joined, left }) => {
      const group = await SharedGroup.start(tools, { policy })
      const outcome = () => group.balanced().catch(() => 'refused')
      const classic = await group.join(`${client} classic`)
      expect(await group.balanced()).toBe('classic')
      const upgrading = await group.join(`${client} consumer`)
      expect(await outcome()).toBe(upgraded)
      await upgrading.leave()
      await classic.leave()

      const consumer = await group.join(`${client} consumer`)
      expect(await group.balanced()).toBe('consumer')
      const joining = await group.join(`${client} classic`)
      expect(await outcome()).toBe(joined)
      await consumer.leave()
      expect(await group.type()).toBe(left)
      await joining.leave()
    },
  )
})
