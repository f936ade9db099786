import { randomUuid } from '../../../../src/platform/uuid.ts'
import type { Dice } from '../../../simulation/dice.ts'
import type { GroupCase, MemberCase, Partitions, TargetCase } from './group-case.ts'

interface Topic {
  readonly topicId: string
  partitionCount: number
  /** The partitions that may be assigned. A share group initializes them first. */
  readonly assignable: Set<number>
}

export interface HistorySettings {
  readonly maxMembers: number
  readonly maxPartitions: number
  readonly maxTopics: number
  /** Whether partitions become assignable only some time after their creation. */
  readonly hasUnassignable?: boolean
}

/**
 * A random group: members join and leave, change their subscriptions and come back as static
 * members, while topics are created, deleted and get partitions.
 */
export class GroupHistory {
  readonly #dice: Dice
  readonly #settings: HistorySettings
  readonly #topics: Topic[] = []
  #members: MemberCase[] = []
  /** Whether all members share one subscription. */
  #isUniform: boolean
  #subscription: readonly string[]

  constructor(dice: Dice, settings: HistorySettings) {
    this.#dice = dice
    this.#settings = settings
    for (let i = dice.between(1, settings.maxTopics); i > 0; i--) this.#createTopic()
    this.#isUniform = dice.chance(0.5)
    this.#subscription = this.#someTopics()
    const first = dice.between(1, Math.ceil(settings.maxMembers / 2))
    for (let i = 0; i < first; i++) this.#join()
  }

  /** Changes the group once or several times, and returns the input of the next assignment. */
  next(): GroupCase {
    for (let i = this.#dice.between(1, 4); i > 0; i--) this.#change()
    const existing = new Set(this.#topics.map(({ topicId }) => topicId))
    const members = this.#members.map((member) => ({
      ...member,
      topicIds: member.topicIds.filter((topicId) => existing.has(topicId)),
    }))
    const subscriptions = new Set(members.map(({ topicIds }) => topicIds.toSorted().join()))
    return {
      members,
      isHomogeneous: subscriptions.size <= 1,
      partitionCounts: Object.fromEntries(this.#topics.map((t) => [t.topicId, t.partitionCount])),
      ...(this.#settings.hasUnassignable && { assignable: this.#assignable() }),
    }
  }

  /** Gives the members their new assignments. */
  adopt(target: TargetCase): void {
    this.#members = this.#members.map((member) => ({
      ...member,
      assigned: target[member.memberId] ?? {},
    }))
  }

  #assignable(): Partitions {
    return Object.fromEntries(
      this.#topics.map(({ topicId, partitionCount, assignable }) => [
        topicId,
        Array.from({ length: partitionCount }, (_, i) => i).filter((partition) =>
          assignable.has(partition),
        ),
      ]),
    )
  }

  #change(): void {
    const dice = this.#dice
    const change = dice.weighted({
      join: 4,
      leave: 3,
      replace: 1,
      subscribe: 2,
      createTopic: 1,
      deleteTopic: 1,
      addPartitions: 1,
      initialize: 2,
    })
    switch (change) {
      case 'join':
        return this.#join()
      case 'leave':
        return this.#leave()
      case 'replace':
        return this.#replace()
      case 'subscribe':
        return this.#subscribe()
      case 'createTopic':
        return this.#createTopic()
      case 'deleteTopic':
        return this.#deleteTopic()
      case 'addPartitions':
        return this.#addPartitions()
      case 'initialize':
        return this.#initialize()
    }
  }

  #join(): void {
    if (this.#members.length >= this.#settings.maxMembers) return this.#leave()
    const isStatic = this.#dice.chance(0.2)
    this.#members.push({
      memberId: this.#memberId(),
      ...(isStatic && { instanceId: `instance-${this.#dice.int(1e6)}` }),
      topicIds: this.#isUniform ? this.#subscription : this.#someTopics(),
      assigned: {},
    })
  }

  #leave(): void {
    if (this.#members.length > 1) this.#members.splice(this.#dice.int(this.#members.length), 1)
  }

  /** A static member that comes back with another member id inherits the assignment. */
  #replace(): void {
    const at = this.#dice.int(this.#members.length)
    this.#members.push({ ...this.#members.splice(at, 1)[0]!, memberId: this.#memberId() })
  }

  #subscribe(): void {
    const dice = this.#dice
    if (dice.chance(0.3)) this.#isUniform = !this.#isUniform
    if (this.#isUniform) {
      this.#subscription = this.#someTopics()
      this.#members = this.#members.map((m) => ({ ...m, topicIds: this.#subscription }))
      return
    }
    const at = dice.int(this.#members.length)
    this.#members[at] = { ...this.#members[at]!, topicIds: this.#someTopics() }
  }

  #createTopic(): void {
    const dice = this.#dice
    this.#topics.push({
      topicId: randomUuid(dice),
      partitionCount: dice.between(1, this.#settings.maxPartitions),
      assignable: new Set(),
    })
    if (dice.chance(0.8)) this.#initialize()
  }

  #deleteTopic(): void {
    if (this.#topics.length > 1) this.#topics.splice(this.#dice.int(this.#topics.length), 1)
  }

  #addPartitions(): void {
    this.#dice.pick(this.#topics).partitionCount += this.#dice.between(1, 4)
  }

  #initialize(): void {
    const share = this.#dice.pick([0.5, 0.9, 1])
    for (const { partitionCount, assignable } of this.#topics) {
      for (let i = 0; i < partitionCount; i++) if (this.#dice.chance(share)) assignable.add(i)
    }
  }

  #someTopics(): readonly string[] {
    const dice = this.#dice
    const ids = this.#topics.map(({ topicId }) => topicId)
    return dice.chance(0.3) ? ids : ids.filter(() => dice.chance(0.6))
  }

  #memberId(): string {
    return this.#dice.chance(0.5)
      ? `member-${this.#dice.int(1e6)}`
      : Buffer.from(this.#dice.bytes(9)).toString('base64url')
  }
}
