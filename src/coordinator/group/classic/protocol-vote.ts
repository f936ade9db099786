import { javaHashMapBucket } from '../../java-hash.ts'
import type { MemberProtocol } from './classic-member.ts'

/** A member in the vote for the protocol of a group: its protocols in its order of preference. */
export interface Voter {
  readonly protocols: readonly MemberProtocol[]
}

/** Counts how many members of a group support each protocol. */
export class ProtocolVote {
  readonly #supporters = new Map<string, number>()

  add({ protocols }: Voter): void {
    for (const name of namesOf(protocols))
      this.#supporters.set(name, (this.#supporters.get(name) ?? 0) + 1)
  }

  remove({ protocols }: Voter): void {
    for (const name of namesOf(protocols)) {
      const count = this.#supporters.get(name)! - 1
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }

  clear(): void {
    this.#supporters.clear()
  }

  /** Whether each of `memberCount` members supports one of these. */
  isSupportedByAll(protocols: readonly MemberProtocol[], memberCount: number): boolean {
    return protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === memberCount)
  }
}

/** A protocol that a member names twice counts once. */
function namesOf(protocols: readonly MemberProtocol[]): ReadonlySet<string> {
  return new Set(protocols.map(({ name }) => name))
}

/**
 * Returns the protocol with the most votes among those that all members support. Of equal ones it
 * returns the first in the hash map of Kafka's broker, which does not depend on the order of
 * joining.
 */
export function selectProtocol(voters: readonly Voter[]): string {
  const votes = new Map<string, number>()
  for (const { protocols } of voters) {
    const choice = protocols.find(({ name }) => voters.every((voter) => supports(voter, name)))
    if (choice === undefined) throw new Error('the members of a group have no protocol in common')
    votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  const [winner] = [...votes].toSorted(
    ([a, votesForA], [b, votesForB]) =>
      votesForB - votesForA || javaHashMapBucket(a) - javaHashMapBucket(b),
  )
  return winner![0]
}

function supports({ protocols }: Voter, name: string): boolean {
  return protocols.some((protocol) => protocol.name === name)
}
