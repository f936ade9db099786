import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import { noTaskOffsets } from './task-offsets.ts'
import type { TaskOffsets } from './task-offsets.ts'
import type { ConfiguredTopology } from './topics/configured-topology.ts'

export type EndpointPartitions = NonNullable<
  ResponseBody<typeof StreamsGroupHeartbeat>['partitionsByUserEndpoint']
>[number]

/** The state of a streams group that is not stored, and is empty after a load, as in Kafka. */
export class TransientState {
  /** Grows when a member with an endpoint gets other tasks, or another endpoint. */
  endpointEpoch = 0
  readonly #taskOffsets = new Map<string, TaskOffsets>()
  readonly #endpoints = new Map<string, EndpointPartitions>()
  #configuredTopology: ConfiguredTopology | undefined
  #refreshAtMs = 0
  #refreshBelowEpoch = 0
  #shutdownRequester: string | undefined

  /** The topology with the partition counts of its topics. */
  get configuredTopology(): ConfiguredTopology | undefined {
    return this.#configuredTopology
  }

  /** The member that requested the shutdown of the application. */
  get shutdownRequester(): string | undefined {
    return this.#shutdownRequester
  }

  configure(topology: ConfiguredTopology): void {
    this.#configuredTopology = topology
    this.#endpoints.clear()
  }

  /** Whether the topics of the group must be looked up again. */
  needsRefresh(nowMs: number, groupEpoch: number): boolean {
    return nowMs >= this.#refreshAtMs || groupEpoch < this.#refreshBelowEpoch
  }

  /** Called when the topics were looked up for the group epoch, which is being written. */
  postponeRefresh(atMs: number, groupEpoch: number): void {
    this.#refreshAtMs = atMs
    this.#refreshBelowEpoch = groupEpoch
  }

  /** Lets the next heartbeat look up the topics. */
  refreshMetadata(): void {
    this.postponeRefresh(0, 0)
  }

  /** The first request counts. */
  requestShutdown(memberId: string): void {
    this.#shutdownRequester ??= memberId
  }

  clearShutdownRequest(): void {
    this.#shutdownRequester = undefined
  }

  taskOffsetsOf(memberId: string): TaskOffsets {
    return this.#taskOffsets.get(memberId) ?? noTaskOffsets
  }

  setTaskOffsets(memberId: string, offsets: TaskOffsets): void {
    this.#taskOffsets.set(memberId, offsets)
  }

  /** Returns the partitions of a member's endpoint, computed once for its tasks. */
  endpointOf(memberId: string, compute: () => EndpointPartitions): EndpointPartitions {
    let endpoint = this.#endpoints.get(memberId)
    if (endpoint === undefined) this.#endpoints.set(memberId, (endpoint = compute()))
    return endpoint
  }

  forgetEndpoint(memberId: string): void {
    this.#endpoints.delete(memberId)
  }

  forgetMember(memberId: string): void {
    this.#endpoints.delete(memberId)
    this.#taskOffsets.delete(memberId)
  }
}
