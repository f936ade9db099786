import type { StreamsGroupDescribe } from '../../../protocol/messages/89-streams-group-describe.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { StreamsTopologyValue } from './streams-records.ts'

export type Subtopology = StreamsTopologyValue['subtopologies'][number]

type RequestTopology = NonNullable<RequestOf<typeof StreamsGroupHeartbeat>['topology']>
type DescribedTopology = NonNullable<
  ResponseBody<typeof StreamsGroupDescribe>['groups'][number]['topology']
>

/** The topology that the members of a group run (Kafka's `StreamsTopology`). Immutable. */
export class StreamsTopology {
  /** The record of the topology. */
  readonly value: StreamsTopologyValue
  /** Subtopologies by id. */
  readonly subtopologies: ReadonlyMap<string, Subtopology>
  /** The subtopology that reads a topic, by the name of the topic. */
  readonly bySourceTopic: ReadonlyMap<string, Subtopology>
  /** The source topics and all internal topics. */
  readonly requiredTopics: ReadonlySet<string>

  constructor(value: StreamsTopologyValue) {
    this.value = value
    this.subtopologies = new Map(value.subtopologies.map((each) => [each.subtopologyId, each]))
    const bySourceTopic = new Map<string, Subtopology>()
    const required = new Set<string>()
    for (const subtopology of this.subtopologies.values()) {
      for (const topic of sourceTopicsOf(subtopology)) {
        bySourceTopic.set(topic, subtopology)
        required.add(topic)
      }
      for (const { name } of subtopology.stateChangelogTopics) required.add(name)
    }
    this.bySourceTopic = bySourceTopic
    this.requiredTopics = required
  }

  get epoch(): number {
    return this.value.epoch
  }

  /** Whether the request has the same topology, except for the order of subtopologies. */
  equals(topology: RequestTopology): boolean {
    if (topology.epoch !== this.epoch) return false
    if (topology.subtopologies.length !== this.subtopologies.size) return false
    return topology.subtopologies.every((subtopology) => {
      const own = this.subtopologies.get(subtopology.subtopologyId)
      return own !== undefined && sameValue(own, subtopology)
    })
  }

  /** Returns the topology as clients sent it, for a group whose topics are not ready. */
  describe(): DescribedTopology {
    return {
      epoch: this.epoch,
      subtopologies: [...this.subtopologies.keys()].sort().map((subtopologyId) => {
        const subtopology = this.subtopologies.get(subtopologyId)!
        return {
          subtopologyId,
          sourceTopics: subtopology.sourceTopics.toSorted(),
          repartitionSinkTopics: subtopology.repartitionSinkTopics.toSorted(),
          stateChangelogTopics: subtopology.stateChangelogTopics.toSorted(byName),
          repartitionSourceTopics: subtopology.repartitionSourceTopics.toSorted(byName),
        }
      }),
    }
  }
}

function sourceTopicsOf({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] {
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1
}

/** Whether two values of the protocol have the same fields, arrays in the same order. */
function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object') return false
  if (one === null || other === null) return false
  const entries = Object.entries(one)
  if (entries.length !== Object.keys(other).length) return false
  return entries.every(([key, value]) =>
    sameValue(value, (other as Readonly<Record<string, unknown>>)[key]),
  )
}
