import { readFileSync, writeFileSync } from 'node:fs'
import type { TopologyCase } from './topology-case.ts'

const file = new URL('./recorded-topologies.jsonl', import.meta.url)

/** A topology, and what Kafka's class makes of it. */
interface RecordedTopology {
  readonly input: TopologyCase
  readonly expected: unknown
}

/** Returns the topologies that `test/conformance/topologies.test.ts` records. */
export function recordedTopologies(): RecordedTopology[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RecordedTopology)
}

export function recordTopologies(topologies: readonly RecordedTopology[]): void {
  writeFileSync(file, topologies.map((each) => `${JSON.stringify(each)}\n`).join(''))
}
