import { expect, test } from 'vitest'
import { SeededRandom } from '../../../../src/platform/random.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { TOPIC_ID } from '../support.ts'
import { scaled } from '../../../support/scale.ts'
import { testSeed } from '../../../support/seed.ts'
import { CHANGELOG_ID, SESSION_MS, StreamsHarness, topologyOf } from './support.ts'
import type { StreamsMember } from './support.ts'

const HISTORIES = scaled(100)
const STEPS = 120
const MAX_MEMBERS = 6

const stateful = topologyOf({
  stateChangelogTopics: [
    { name: 'changelog', partitions: 0, replicationFactor: 0, topicConfigs: [] },
  ],
})
const topology = {
  epoch: 0,
  subtopologies: [
    ...stateful.subtopologies,
    ...topologyOf({ subtopologyId: '1', sourceTopics: ['t'] }).subtopologies,
  ],
}

test('no task is active twice, and in the end every task is active once', async () => {
  for (let run = 0; run < HISTORIES; run++) {
    const seed = testSeed + run
    await new History(seed).run().catch((error: unknown) => {
      throw new Error(`ODRADEK_TEST_SEED=${seed}: ${String(error)}`, { cause: error })
    })
  }
})

/** A client with the tasks that it runs, which may be more than those of its last response. */
interface Client {
  readonly member: StreamsMember
  readonly processId: string
  running: ReadonlySet<string>
  mustJoin: boolean
}

class History {
  readonly #random: SeededRandom
  readonly #harness: StreamsHarness
  readonly #clients: Client[] = []
  #joined = 0
  #partitions = 2

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const intervals = [0, 0, 1000]
    this.#harness = new StreamsHarness({
      'group.streams.num.standby.replicas': this.#random.int(2),
      'group.streams.assignment.interval.ms': intervals[this.#random.int(intervals.length)]!,
      'group.streams.initial.rebalance.delay.ms': this.#random.int(2) * 3000,
    })
    this.#harness.createTopic('changelog', CHANGELOG_ID, 2)
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.#step()
      this.#check()
    }
    await this.#settle()
    this.#checkEnd()
  }

  async #step(): Promise<void> {
    const client = this.#clients[this.#random.int(this.#clients.length || 1)]
    const dice = this.#random.int(100)
    if (client === undefined || (dice < 8 && this.#clients.length < MAX_MEMBERS)) {
      return this.#add()
    }
    if (dice < 11) return this.#leave(client)
    if (dice < 13) return void this.#clients.splice(this.#clients.indexOf(client), 1)
    if (dice < 15) return this.#harness.restart()
    if (dice < 17) return this.#grow()
    if (dice < 30) return this.#harness.clock.advance(this.#random.int(20_000))
    const fails = this.#random.int(20) === 0
    this.#harness.log.appendError = fails ? ErrorCode.NotEnoughReplicas : ErrorCode.None
    this.#beat(client, this.#random.int(2) === 0, this.#random.int(10) === 0)
    this.#harness.log.appendError = ErrorCode.None
  }

  /** Two threads may share a process. A static member has an instance id. */
  #add(): void {
    const id = ++this.#joined
    const member = this.#harness.streamsMember(`m${id}`)
    if (this.#random.int(4) === 0) member.instanceId = `i${id}`
    const processId = `p${this.#random.int(3)}`
    const client = { member, processId, running: new Set<string>(), mustJoin: true }
    this.#clients.push(client)
    this.#beat(client, false, false)
  }

  #leave(client: Client): void {
    client.member.leave()
    this.#clients.splice(this.#clients.indexOf(client), 1)
  }

  /** The stateless subtopology gets another task. */
  #grow(): void {
    if (this.#partitions < 6) this.#harness.createTopic('t', TOPIC_ID, ++this.#partitions)
  }

  /**
   * Sends a heartbeat.
   *
   * @param acknowledges whether the client has revoked its tasks and says so
   * @param isLost whether the client does not get the response. Then it joins again: Kafka repeats
   * tasks only to a member that joins
   */
  #beat(client: Client, acknowledges: boolean, isLost: boolean): void {
    const { member, processId } = client
    if (client.mustJoin) {
      const response = member.join({ topology, processId, rebalanceTimeoutMs: 30_000 })
      client.mustJoin = isLost || response.errorCode !== ErrorCode.None
      client.running = new Set(client.mustJoin ? [] : member.active)
      return
    }
    if (acknowledges) client.running = new Set(member.active)
    const { errorCode } = acknowledges ? member.acknowledge() : member.heartbeat()
    if (isLost || isFencing(errorCode)) {
      client.mustJoin = true
      client.running = new Set()
    } else {
      client.running = new Set([...client.running, ...member.active])
    }
  }

  /** A member that the group has removed may not know it yet: it does not count. */
  #check(): void {
    const { members } = this.#harness.describeStreams()
    const current = new Set(members.map(({ memberId }) => memberId))
    const owners = new Map<string, string>()
    for (const { member, running } of this.#clients) {
      if (!current.has(member.memberId)) continue
      for (const task of running) {
        expect(owners.get(task), `${task} is active in ${member.memberId} too`).toBeUndefined()
        owners.set(task, member.memberId)
      }
    }
    const roles = new Set<string>()
    for (const { processId, assignment } of members) {
      for (const { subtopologyId, partitions } of [
        ...assignment.activeTasks,
        ...assignment.standbyTasks,
      ]) {
        for (const partition of partitions) {
          const role = `${processId} ${subtopologyId}_${partition}`
          expect(roles.has(role), `${role} has two roles`).toBe(false)
          roles.add(role)
        }
      }
    }
  }

  /** Members that are gone expire; all others send heartbeats until nothing moves. */
  async #settle(): Promise<void> {
    if (this.#clients.length === 0) this.#add()
    for (let round = 0; round < 30; round++) {
      await this.#harness.clock.advance(SESSION_MS / 10)
      for (const client of this.#clients) {
        this.#beat(client, true, false)
        this.#check()
      }
    }
  }

  #checkEnd(): void {
    const { groupState, members } = this.#harness.describeStreams()
    expect(groupState).toBe('Stable')
    expect(members).toHaveLength(this.#clients.length)
    for (const { assignment, targetAssignment } of members) {
      expect(assignment).toEqual(targetAssignment)
    }
    const tasks = ['0_0', '0_1', ...Array.from({ length: this.#partitions }, (_, p) => `1_${p}`)]
    expect(this.#harness.activeTasks()).toEqual(tasks)
    expect(this.#clients.flatMap(({ running }) => [...running]).sort()).toEqual(tasks)
  }
}

function isFencing(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.FencedMemberEpoch ||
    errorCode === ErrorCode.UnknownMemberId ||
    errorCode === ErrorCode.GroupIdNotFound
  )
}
