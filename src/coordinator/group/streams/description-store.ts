import type { Clock } from '../../../platform/clock.ts'
import type { Random } from '../../../platform/random.ts'
import type { TopologyDescription } from './topology-description.ts'

const INITIAL_BACKOFF_MS = 30_000
const MAX_BACKOFF_MS = 3_600_000
/** The part of a backoff that is random. */
const JITTER = 0.4

interface StoredDescription {
  readonly topologyEpoch: number
  readonly description: TopologyDescription
}

/** When a member may be asked for a description again. */
interface Backoff {
  readonly topologyEpoch: number
  readonly attempts: number
  readonly nextAtMs: number
}

/**
 * The descriptions of topologies that members have sent, in memory (Kafka's
 * `InMemoryTopologyDescriptionPlugin`), and when members may be asked for them.
 */
export class TopologyDescriptions {
  readonly #clock: Clock
  readonly #random: Random
  readonly #descriptions = new Map<string, StoredDescription>()
  readonly #backoffs = new Map<string, Backoff>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  set(groupId: string, topologyEpoch: number, description: TopologyDescription): void {
    this.#descriptions.set(groupId, { topologyEpoch, description })
    if (this.#backoffs.get(groupId)?.topologyEpoch === topologyEpoch) {
      this.#backoffs.delete(groupId)
    }
  }

  get(groupId: string, topologyEpoch: number): TopologyDescription | undefined {
    const stored = this.#descriptions.get(groupId)
    return stored?.topologyEpoch === topologyEpoch ? stored.description : undefined
  }

  /** Called when the group is deleted. */
  delete(groupId: string): void {
    this.#descriptions.delete(groupId)
    this.#backoffs.delete(groupId)
  }

  /**
   * Whether a member may be asked for the description now. Then no other is asked for about 30
   * seconds, and after each further request for twice as long.
   */
  mayAsk(groupId: string, topologyEpoch: number): boolean {
    const nowMs = this.#clock.now()
    const last = this.#backoffs.get(groupId)
    const isSame = last?.topologyEpoch === topologyEpoch
    if (isSame && nowMs < last.nextAtMs) return false
    const attempts = isSame ? last.attempts + 1 : 0
    const delayMs = Math.min(INITIAL_BACKOFF_MS * 2 ** attempts, MAX_BACKOFF_MS)
    const jitterMs = delayMs * JITTER
    const nextAtMs = nowMs + delayMs - jitterMs / 2 + this.#random.int(jitterMs + 1)
    this.#backoffs.set(groupId, { topologyEpoch, attempts, nextAtMs })
    return true
  }
}
