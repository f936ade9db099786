import { expect, test } from 'vitest'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { scaled } from '../../support/scale.ts'
import { immediate } from '../memory-internal-topic.ts'
import { Harness, type Member, TOPIC_ID, commitTopic } from './support.ts'

const OTHER_ID = 'AQIDBAUGBwgJCgsMDQ4PEA'
const STEPS = 20
const RETENTION_MINUTES = 60
/** Long enough for sessions and retention to end, also when one check fails. */
const EXPIRY_MS = 3 * RETENTION_MINUTES * 60_000

const SIMPLE_GROUPS = ['a', 'b', 'c']
const TOPICS = ['t', 'u']

/** Committed offsets by `group topic partition`. */
type Offsets = Record<string, number>

/**
 * One history of requests from a seed. One append may fail. A model keeps the committed offsets
 * according to the responses.
 */
class History {
  readonly harness = new Harness({ configs: { 'offsets.retention.minutes': RETENTION_MINUTES } })
  readonly model = new Map<string, number>()
  readonly #random: SeededRandom
  #members: Member[] = []
  #offset = 0

  constructor(seed: number, failingAppend: number) {
    this.#random = new SeededRandom(seed)
    this.harness.addTopic('u', OTHER_ID, 2)
    this.harness.log.fails = (append) => append === failingAppend
  }

  async step(): Promise<void> {
    const random = this.#random
    const group = SIMPLE_GROUPS[random.int(SIMPLE_GROUPS.length)]!
    const topic = TOPICS[random.int(TOPICS.length)]!
    const partition = random.int(2)
    switch (random.int(10)) {
      case 0:
        return this.#deleteOffset(group, topic, partition)
      case 1:
        return this.#deleteGroup(group)
      case 2:
        return this.#deleteTopic('u')
      case 3:
        return this.#rejoin(1 + random.int(3))
      case 4:
        return this.#leave()
      case 5:
        return this.#commit('members', topic, partition, this.#members[0])
      case 6:
        if (random.int(4) === 0) await this.#expire()
        return
      default:
        return this.#commit(group, topic, partition)
    }
  }

  /** Returns the offsets of all groups. */
  offsetsOf(harness: Harness): Offsets {
    const offsets: Offsets = {}
    for (const groupId of [...SIMPLE_GROUPS, 'members']) {
      for (const { name, partitions } of harness.fetch(groupId, null).topics) {
        for (const { partitionIndex, committedOffset } of partitions) {
          offsets[`${groupId} ${name} ${partitionIndex}`] = committedOffset
        }
      }
    }
    return offsets
  }

  groupsOf(harness: Harness): string[] {
    const request = { statesFilter: [], typesFilter: [] }
    const { groups } = immediate(harness.coordinator.admin.listGroups(request))
    return groups.map(({ groupId }) => groupId).toSorted()
  }

  #commit(groupId: string, topic: string, partition: number, member?: Member): void {
    const committer = member ?? this.harness.member()
    const simple = member === undefined ? { generationIdOrMemberEpoch: -1, memberId: '' } : {}
    const offset = ++this.#offset
    const topicId = topic === 't' ? TOPIC_ID : OTHER_ID
    const topics = [commitTopic(topic, { [partition]: offset }, '', topicId)]
    const errorCode = committer.commit(offset, { ...simple, groupId, topics })
    if (errorCode === ErrorCode.None) this.model.set(`${groupId} ${topic} ${partition}`, offset)
  }

  #deleteOffset(groupId: string, name: string, partitionIndex: number): void {
    const topics = [{ name, partitions: [{ partitionIndex }] }]
    const { errorCode } = immediate(
      this.harness.coordinator.offsets.offsetDelete({ groupId, topics }),
    )
    if (errorCode === ErrorCode.None) this.model.delete(`${groupId} ${name} ${partitionIndex}`)
  }

  #deleteGroup(groupId: string): void {
    const { results } = immediate(
      this.harness.coordinator.admin.deleteGroups({ groupsNames: [groupId] }),
    )
    if (results[0]!.errorCode !== ErrorCode.None) return
    this.#forget((key) => key.startsWith(`${groupId} `))
  }

  /**
   * No response tells whether the offsets are deleted: after a failed append they are still in the
   * log.
   */
  #deleteTopic(topic: string): void {
    const deleted = new Map([[topic, this.harness.topics.get(topic)!]])
    this.harness.coordinator.offsets.onTopicsDeleted(deleted)
    const kept = this.offsetsOf(this.harness.reread())
    this.#forget((key) => key.split(' ')[1] === topic && !(key in kept))
  }

  async #rejoin(count: number): Promise<void> {
    const members = Array.from({ length: count }, (_, index) => this.harness.member(`m${index}`))
    const all = [...this.#members, ...members]
    const joins = all.map((member) => member.join({ groupId: 'members', apiVersion: 3 }))
    const answers = await this.harness.answered(...joins)
    this.#members = all.filter((_, index) => answers[index]!.errorCode === ErrorCode.None)
    const assignments = Object.fromEntries(all.map(({ memberId }) => [memberId, memberId]))
    const synced = await this.harness.answered(
      ...this.#members.map((member, index) =>
        member.sync(answers[index]!.leader === member.memberId ? assignments : {}, {
          groupId: 'members',
        }),
      ),
    )
    if (synced.some(({ errorCode }) => errorCode !== ErrorCode.None)) await this.#expireMembers()
  }

  #leave(): void {
    for (const member of this.#members) {
      immediate(
        this.harness.coordinator.classic.leaveGroup(
          {
            groupId: 'members',
            memberId: '',
            members: [{ memberId: member.memberId, groupInstanceId: null, reason: null }],
          },
          member.context(5),
        ),
      )
    }
    this.#members = []
  }

  async #expireMembers(): Promise<void> {
    this.#members = []
    await this.harness.clock.advance(10 * 60_000 - 1)
  }

  async #expire(): Promise<void> {
    this.#members = []
    await this.harness.clock.advance(EXPIRY_MS)
    this.model.clear()
  }

  #forget(isForgotten: (key: string) => boolean): void {
    for (const key of this.model.keys()) if (isForgotten(key)) this.model.delete(key)
  }
}

/** Runs a history with one failing append, and returns how many appends there were. */
async function run(seed: number, failingAppend: number): Promise<number> {
  const history = new History(seed, failingAppend)
  for (let step = 0; step < STEPS; step++) {
    await history.step()
    const { harness } = history
    const place = `seed ${seed}, append ${failingAppend} fails, step ${step}`
    expect(history.offsetsOf(harness), place).toEqual(Object.fromEntries(history.model))
    const reread = harness.reread()
    expect(history.offsetsOf(reread), place).toEqual(Object.fromEntries(history.model))
    expect(history.groupsOf(reread), place).toEqual(history.groupsOf(harness))
  }
  return history.harness.log.appends
}

test('whichever append fails, groups and offsets are what the answers and the log say', async () => {
  for (let seed = 1; seed <= scaled(10); seed++) {
    const appends = await run(seed, -1)
    expect(appends).toBeGreaterThan(5)
    for (let append = 0; append < appends; append++) await run(seed, append)
  }
})
