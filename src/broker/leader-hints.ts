import { ErrorCode } from '../protocol/error-code.ts'
import { brokerEndpoint, type BrokerNode } from './broker-endpoints.ts'
import type { RequestContext } from './request-context.ts'

interface LeaderIdAndEpoch {
  leaderId: number
  leaderEpoch: number
}

/**
 * The leaders of partitions that a client requested from the wrong broker, with their addresses
 * (KIP-951).
 */
export class LeaderHints {
  readonly #context: RequestContext
  /** The leaders that were named; `undefined` for none, as in almost every response. */
  #leaderIds: Set<number> | undefined

  constructor(context: RequestContext) {
    this.#context = context
  }

  /**
   * Returns the fields of a refused partition that name its leader; none if the error is not about
   * leadership.
   */
  of(errorCode: ErrorCode, topic: string, partition: number): { currentLeader?: LeaderIdAndEpoch } {
    if (errorCode !== ErrorCode.NotLeaderOrFollower && errorCode !== ErrorCode.FencedLeaderEpoch)
      return {}
    const registration = this.#context.services.image.partition(topic, partition)
    if (registration === undefined) return {}
    const { leader: leaderId, leaderEpoch } = registration
    this.#leaderIds ??= new Set()
    this.#leaderIds.add(leaderId)
    return { currentLeader: { leaderId, leaderEpoch } }
  }

  /** Returns the addresses of the leaders that were named. */
  endpoints(): BrokerNode[] {
    const leaderIds = this.#leaderIds
    if (leaderIds === undefined) return []
    const ids = [...leaderIds].sort((a, b) => a - b)
    return ids.flatMap((id) => brokerEndpoint(id, this.#context) ?? [])
  }
}
