import type { Dice } from '../../dice.ts'
import { ConsumerMember } from '../client/consumer-member.ts'
import type { GroupMember } from '../client/group-member.ts'
import { Member } from '../client/member.ts'
import { ShareMember } from '../client/share-member.ts'
import { sharePartitionKey } from '../model/shares-model.ts'
import type { World } from '../world.ts'
import { MIGRATING_GROUP } from './migration-steps.ts'
import type { People } from './people.ts'
import { shareGroups } from './share-steps.ts'

/** A partition without an owner, or a deleted one that still has its owner. */
export interface Misowned {
  /** The id of its topic and its index. Undefined: the partition is deleted. */
  readonly id: string | undefined
}

/** The members that join at the end of a history, so that their groups rebalance. */
export class Newcomers {
  readonly #world: World
  readonly #people: People
  readonly #dice: Dice
  readonly #grown = new Set<string>()

  constructor(world: World, people: People, dice: Dice) {
    this.#world = world
    this.#people = people
    this.#dice = dice
  }

  /**
   * Whether a partition may have the wrong owner until the next rebalance of a group, as in Kafka:
   *
   * - when only classic members remain in a consumer group that must not become a classic one;
   * - when it is new or deleted, and a static member came back with the other protocol: this alone
   *   is no rebalance, and a classic member does not learn that it leads the group;
   * - when a static member came back with the classic protocol and took the place of the last
   *   consumer, while others waited for partitions: this is no rebalance either, so they do not ask
   *   for the assignments of the classic group, which have these partitions;
   * - when only classic members remain, and the coordinator has restarted: the records of the
   *   classic group lack the member that left, and do not say that a rebalance has begun;
   * - when a member has replaced its regular expression, perhaps by one that matches no topic, or
   *   has joined with one that matches no topic: the assignor may still take all subscriptions for
   *   the same;
   * - when a power failure has lost a share group, and the share coordinator has the state of one
   *   of its partitions with a later epoch: it refuses the epochs until then.
   */
  mayHelp(group: string, { id }: Misowned): boolean {
    if (shareGroups.includes(group)) return id !== undefined && this.#mayBeFenced(group)
    if (this.#grown.has(group)) return false
    if (group === MIGRATING_GROUP) return this.#mayHelpMigrating(id)
    return id !== undefined && this.#livingIn(group).some((member) => this.#hasOddRegex(member))
  }

  /** Starts one more member of a group with members. */
  start(group: string): void {
    const members = this.#livingIn(group)
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    const client = this.#people.newClient('newcomer', this.#dice)
    this.#grown.add(group)
    if (shareGroups.includes(group)) {
      return this.#people.launch(new ShareMember(client, group, topics))
    }
    const options = { group, topics, instanceId: null, migrates: group === MIGRATING_GROUP }
    if (members.some((member) => member instanceof ConsumerMember)) {
      const member = new ConsumerMember(client, { ...options, usesRegex: false, assignor: null })
      return this.#people.launch(member)
    }
    const assignor = this.#world.settings.migratingAssignor
    this.#people.launch(new Member(client, { ...options, assignor }))
  }

  #mayHelpMigrating(id: string | undefined): boolean {
    const policy = this.#world.settings.config['group.consumer.migration.policy']
    if (policy === 'upgrade') return id !== undefined
    const members = this.#livingIn(MIGRATING_GROUP)
    const changed = members.filter((member) => this.#hasChangedProtocol(member))
    const classic = members.filter((member) => member instanceof Member)
    const mayBeClassic = policy !== 'disabled' && classic.length === members.length
    if (mayBeClassic && this.#mayHaveForgottenRebalance(classic)) return true
    if (mayBeClassic && classic.some((member) => this.#mayHaveReplacedLast(member, classic))) {
      return true
    }
    if (id === undefined) return changed.some((member) => member instanceof Member)
    return changed.length > 0 && !this.#world.model.ownership.wasTaken(MIGRATING_GROUP, id)
  }

  /** Whether the share coordinator may refuse to initialize a partition of a share group. */
  #mayBeFenced(group: string): boolean {
    const { topics, shares } = this.#world.model
    const epoch = Math.max(...this.#livingIn(group).map(({ generation }) => generation))
    return topics.listed.some(({ id, partitions }) =>
      partitions.some((_, index) => shares.mayBeFenced(sharePartitionKey(group, id, index), epoch)),
    )
  }

  /** Whether a regular expression is not the member's first one, or matches no topic. */
  #hasOddRegex(member: GroupMember): boolean {
    if (!(member instanceof ConsumerMember) || !member.usesRegex) return false
    const { listed } = this.#world.model.topics
    return member.hasReplacedRegex || !listed.some(({ name }) => member.topics.includes(name))
  }

  /** Whether a static member has taken the place of one with the other protocol. */
  #hasChangedProtocol(member: GroupMember): boolean {
    const { group } = member
    const instanceId = instanceIdOf(member)
    const isBefore = (other: GroupMember): boolean =>
      other.group === group &&
      other.constructor !== member.constructor &&
      instanceIdOf(other) === instanceId
    return instanceId !== null && this.#people.members.some(isBefore)
  }

  /** Whether a static member may have replaced the last consumer, without a rebalance since. */
  #mayHaveReplacedLast(member: Member, members: readonly Member[]): boolean {
    const { generation, firstGeneration } = member
    return (
      generation === firstGeneration &&
      members.some((other) => other !== member && other.generation === generation) &&
      this.#hasChangedProtocol(member)
    )
  }

  /** Whether a restart may have ended a rebalance of classic members that remained in a group. */
  #mayHaveForgottenRebalance(members: readonly Member[]): boolean {
    const isConsumer = (member: GroupMember): boolean =>
      member.group === MIGRATING_GROUP && member instanceof ConsumerMember
    return (
      this.#people.members.some(isConsumer) &&
      members.some(({ generationStart }) => generationStart < this.#world.cluster.starts)
    )
  }

  #livingIn(name: string): GroupMember[] {
    return this.#people.living().filter(({ group }) => group === name)
  }
}

function instanceIdOf(member: GroupMember): string | null {
  return member instanceof Member || member instanceof ConsumerMember ? member.instanceId : null
}
