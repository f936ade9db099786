import { disagree } from '../../agree.ts'

/** A member that owns partitions. */
export interface Owner {
  readonly name: string
  readonly instanceId: string | null
  /**
   * The time until which the coordinator must not give its partitions to another member, as far as
   * the member knows.
   */
  heldUntilMs(): number
}

/**
 * Checks at every step that a partition has at most one owner: a member gets a partition only after
 * the one before has given it up, or has been silent for its session timeout.
 */
export class OwnershipModel {
  /** By group and partition. */
  readonly #owners = new Map<string, Owner>()
  /** The keys of all partitions that have had an owner. */
  readonly #taken = new Set<string>()
  /** The members that joined or tried it, in order, by group and instance id. */
  readonly #instances = new Map<string, Owner[]>()

  /**
   * Notes that a member has got a partition, and checks that no other member owns it. As in Kafka,
   * a member that was removed meanwhile may still get a response that was on its way.
   */
  take(group: string, partition: string, owner: Owner, nowMs: number): void {
    const key = `${group} ${partition}`
    const other = this.#owners.get(key)
    if (other !== undefined && other !== owner && this.#heldUntilMs(group, other) > nowMs) {
      if (owner.heldUntilMs() <= nowMs) return
      disagree(`${partition} of ${group} goes to ${owner.name} while ${other.name} owns it`)
    }
    this.#owners.set(key, owner)
    this.#taken.add(key)
  }

  /** Whether a member of the group has ever owned a partition. */
  wasTaken(group: string, partition: string): boolean {
    return this.#taken.has(`${group} ${partition}`)
  }

  /** Notes that a member does not use a partition any more. */
  giveUp(group: string, partition: string, owner: Owner): void {
    const key = `${group} ${partition}`
    if (this.#owners.get(key) === owner) this.#owners.delete(key)
  }

  /**
   * Notes that a static member tries to join, or has joined: it may replace another with its
   * instance id, which does not know it yet.
   */
  join(group: string, instanceId: string, owner: Owner): void {
    const key = `${group} ${instanceId}`
    this.#instances.set(key, [...(this.#instances.get(key) ?? []), owner])
  }

  #heldUntilMs(group: string, owner: Owner): number {
    const joined = this.#instances.get(`${group} ${owner.instanceId}`) ?? []
    const isReplaced = joined.slice(joined.indexOf(owner) + 1).some((other) => other !== owner)
    return isReplaced ? -Infinity : owner.heldUntilMs()
  }
}
