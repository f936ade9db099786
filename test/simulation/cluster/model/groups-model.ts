import { disagree } from '../../agree.ts'

interface Generation {
  readonly leader: string
  /** The assignments of the leader, by the owner of the member id. */
  assignments: ReadonlyMap<string, string> | undefined
}

/**
 * Checks the generations of groups: each has one leader, and each member gets the assignment that
 * the leader sent.
 */
export class GroupsModel {
  readonly #generations = new Map<string, Generation>()
  /** Groups whose generations may start again. */
  readonly #forgotten = new Set<string>()

  /**
   * Checks the leader of a generation.
   *
   * @param start the start of the cluster: a generation that was not stored may be used again after
   * the next one
   */
  joined(group: string, start: number, generation: number, leader: string): void {
    if (this.#forgotten.has(group)) return
    const key = `${group} ${start} ${generation}`
    const known = this.#generations.get(key)
    if (known === undefined) {
      this.#generations.set(key, { leader, assignments: undefined })
    } else if (ownerOf(known.leader) !== ownerOf(leader)) {
      disagree(`generation ${generation} of ${group} is led by ${leader} and by ${known.leader}`)
    }
  }

  /** Notes that a client tries to delete a group, or that it changes its protocol. */
  forget(group: string): void {
    this.#forgotten.add(group)
    for (const key of this.#generations.keys()) {
      if (key.startsWith(`${group} `)) this.#generations.delete(key)
    }
  }

  /** Notes the assignments that the leader sends. */
  assigned(
    group: string,
    start: number,
    generation: number,
    assignments: ReadonlyMap<string, string>,
  ): void {
    const known = this.#generations.get(`${group} ${start} ${generation}`)
    if (known === undefined) return
    known.assignments = new Map([...assignments].map(([id, owned]) => [ownerOf(id), owned]))
  }

  /** Checks the assignment that a member receives. */
  synced(group: string, start: number, generation: number, member: string, owned: string): void {
    const known = this.#generations.get(`${group} ${start} ${generation}`)
    const given = known?.assignments?.get(ownerOf(member))
    if (given === undefined || given === owned) return
    disagree(`${member} owns ${owned} in generation ${generation} of ${group} instead of ${given}`)
  }
}

/**
 * Returns the client id or group instance id that a member id starts with. A static member that
 * rejoins gets a new member id.
 */
function ownerOf(memberId: string): string {
  return memberId.split('-')[0]!
}
