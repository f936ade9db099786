import type { ClassicMember, MemberProtocol } from './classic-member.ts'
import { javaHashMapBucket } from './java-hash.ts'

/** Which protocols the members of a group support, and which of them they would choose. */
export class ProtocolVote {
  /** How many members support a protocol. */
  readonly #supporters = new Map<string, number>()

  add(protocols: readonly MemberProtocol[]): void {
    for (const { name } of protocols)
      this.#supporters.set(name, (this.#supporters.get(name) ?? 0) + 1)
  }

  remove(protocols: readonly MemberProtocol[]): void {
    for (const { name } of protocols) {
      const count = this.#supporters.get(name)! - 1
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }

  /** Whether each of `memberCount` members supports one of these. */
  isSupportedByAll(protocols: readonly MemberProtocol[], memberCount: number): boolean {
    return protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === memberCount)
  }

  /**
   * The protocol with the most votes among those that everybody supports. Among equals it is the one that comes first in
   * the broker's hash map: Kafka's choice, which does not depend on who joined when.
   */
  select(members: ReadonlyMap<string, ClassicMember>): string {
    const candidates = new Set<string>()
    for (const [name, count] of this.#supporters) if (count === members.size) candidates.add(name)
    const votes = new Map<string, number>()
    for (const member of members.values()) {
      const name = member.vote(candidates)
      votes.set(name, (votes.get(name) ?? 0) + 1)
    }
    const [winner] = [...votes].toSorted(
      ([a, votesForA], [b, votesForB]) =>
        votesForB - votesForA || javaHashMapBucket(a) - javaHashMapBucket(b),
    )
    return winner![0]
  }
}
