import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { Member } from './support.ts'
import { Harness, REBALANCE_MS } from './support.ts'
import { scaled } from '../../support/scale.ts'

/** A client that does one thing at a time, controlled by the responses. */
class Client {
  readonly #harness: Harness
  readonly #instance: { groupInstanceId: string | null }
  #member: Member
  #next: 'join' | 'sync' | 'heartbeat' = 'join'
  #isLeader = false
  isWaiting = false

  constructor(harness: Harness, index: number) {
    this.#harness = harness
    this.#instance = { groupInstanceId: index === 0 ? 'static' : null }
    this.#member = harness.member(`c${index}`)
  }

  get memberId(): string {
    return this.#member.memberId
  }

  /** Does the next step of a consumer. */
  follow(everybody: readonly Client[]): void {
    if (this.isWaiting) return
    const member = this.#member
    if (this.#next === 'heartbeat') return this.#obey(member.heartbeat(this.#instance))
    const entries = everybody.map(({ memberId }) => [memberId, `for ${memberId}`])
    const answer =
      this.#next === 'join'
        ? member.join(this.#instance)
        : member.sync(this.#isLeader ? Object.fromEntries(entries) : {}, this.#instance)
    this.isWaiting = true
    void this.#hear(member, answer)
  }

  async #hear(member: Member, answer: ReturnType<Member['join'] | Member['sync']>): Promise<void> {
    const response = await answer
    if (this.#member !== member) return
    this.isWaiting = false
    if ('leader' in response) this.#isLeader = response.leader === response.memberId
    this.#obey(response.errorCode)
  }

  commit(offset: number): void {
    if (!this.isWaiting) this.#member.commit(offset, this.#instance)
  }

  leave(): void {
    if (!this.isWaiting) this.#member.leave()
  }

  /** The process exits, and another one replaces it. */
  die(): void {
    this.#member.connection.close()
    this.#member = this.#harness.member('again')
    this.#next = 'join'
    this.isWaiting = false
  }

  #obey(errorCode: number): void {
    if (errorCode === ErrorCode.None) {
      this.#next = this.#next === 'join' ? 'sync' : 'heartbeat'
      return
    }
    this.#next = 'join'
    const isGone = [ErrorCode.UnknownMemberId, ErrorCode.FencedInstanceId].includes(errorCode as 25)
    if (isGone) this.#member.memberId = ''
  }
}

const step = fc.record({
  client: fc.nat(3),
  action: fc.constantFrom(
    ...(['one', 'one', 'one', 'all', 'all', 'all', 'all', 'all'] as const),
    ...(['commit', 'leave', 'die', 'wait', 'restart'] as const),
  ),
  ms: fc.constantFrom(10, 1000, 3000, 11_000, 70_000),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function act(harness: Harness, clients: readonly Client[], { client, action, ms }: Step): void {
  const actor = clients[client]!
  switch (action) {
    case 'one':
      return actor.follow(clients)
    case 'all':
      return clients.forEach((each) => each.follow(clients))
    case 'commit':
      return actor.commit(ms)
    case 'leave':
      return actor.leave()
    case 'die':
      return actor.die()
    case 'restart':
      return harness.restart()
    case 'wait':
  }
}

/** Returns bytes as text, whatever kind of array they are in. */
function plain({ members, ...group }: ReturnType<Harness['describe']>) {
  const texts = members.map((member) => ({
    ...member,
    memberMetadata: String(Buffer.from(member.memberMetadata)),
    memberAssignment: String(Buffer.from(member.memberAssignment)),
  }))
  return { ...group, members: texts }
}

test.each(['test', 'faithful'] as const)(
  'whatever clients do, everybody is answered in the end, and a restart knows what a stable group knew (profile %s)',
  async (profile) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const harness = new Harness({ profile })
        const clients = [0, 1, 2, 3].map((index) => new Client(harness, index))
        for (const one of steps) {
          act(harness, clients, one)
          await harness.clock.advance(one.action === 'wait' ? one.ms : 1)
          const described = harness.describe()
          const committed = harness.committed()
          if (described.groupState !== 'Stable' && described.groupState !== 'Empty') continue
          const { groupState, members } = described
          if (groupState === 'Stable') expect(members.length).toBeGreaterThan(0)
          else expect(members).toEqual([])
          expect(plain(harness.reread().describe())).toEqual(plain(described))
          expect(harness.reread().committed()).toBe(committed)
        }
        await harness.clock.advance(5 * REBALANCE_MS + 10_000)
        expect(clients.map(({ isWaiting }) => isWaiting)).toEqual([false, false, false, false])
        expect(harness.describe()).toMatchObject({ members: [] })
      }),
      { numRuns: scaled(150) },
    )
  },
)
