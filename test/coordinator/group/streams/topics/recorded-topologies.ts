import type { TopologyCase } from './topology-case.ts'
import { readJsonLines, writeJsonLines } from '../../../../support/json-lines.ts'

const file = new URL('./recorded-topologies.jsonl', import.meta.url)

/** A topology, and what Kafka's class makes of it. */
interface RecordedTopology {
  readonly input: TopologyCase
  readonly expected: unknown
}

/** Returns the topologies that `test/conformance/topologies.test.ts` records. */
export function recordedTopologies(): RecordedTopology[] {
  return readJsonLines(file)
}

export function recordTopologies(topologies: readonly RecordedTopology[]): void {
  writeJsonLines(file, topologies)
}
