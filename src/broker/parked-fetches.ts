import type { Profile } from './profile.ts'

/** The client of a request, as far as members and their fetches have it in common. */
interface Client {
  readonly clientId: string | null
  readonly connection: { readonly clientHost: string }
}

/**
 * How long a fetch that has found nothing waits with profile `test`, in milliseconds: the default
 * of most clients (`fetch.max.wait.ms`). kafkajs asks for 5 seconds, and its consumers disconnect
 * only when their last fetch is answered.
 */
const MAX_EMPTY_WAIT_MS = 500

/**
 * The fetches that wait for records, by client. When a member leaves its group, those of its client
 * are answered: a consumer that closes need not wait for them. Others with the same client id and
 * address get an empty response and fetch again.
 */
export class ParkedFetches {
  readonly #isFaithful: boolean
  readonly #releases = new Map<string, Set<() => void>>()

  /** @param profile with `faithful`, fetches wait for their time, as on Kafka */
  constructor(profile: Profile) {
    this.#isFaithful = profile === 'faithful'
  }

  /** Returns how long a fetch may wait, in milliseconds. */
  limitWait(maxWaitMs: number, isEmpty: boolean): number {
    return this.#isFaithful || !isEmpty ? maxWaitMs : Math.min(maxWaitMs, MAX_EMPTY_WAIT_MS)
  }

  /** Called when a fetch begins to wait. Returns the function to call when it ends. */
  add(client: Client, release: () => void): () => void {
    const key = keyOf(client)
    const releases = this.#releases.get(key) ?? new Set()
    this.#releases.set(key, releases.add(release))
    return () => {
      releases.delete(release)
      if (releases.size === 0 && this.#releases.get(key) === releases) this.#releases.delete(key)
    }
  }

  /** Called when a member of the client leaves its group. */
  release(client: Client): void {
    if (this.#isFaithful) return
    for (const release of this.#releases.get(keyOf(client)) ?? []) release()
  }
}

function keyOf({ clientId, connection }: Client): string {
  return `${connection.clientHost} ${clientId}`
}
