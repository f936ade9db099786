import { fileURLToPath } from 'node:url'
import { readJsonLines, writeJsonLines } from '../../../support/json-lines.ts'

/** An assignment that Kafka's class made. */
export interface RecordedCase {
  readonly group: unknown
  readonly target: unknown
}

/** Returns the cases of an assignor. `test/conformance/assignors.test.ts` records them. */
export function recordedCases(assignor: string): RecordedCase[] {
  return readJsonLines(fileOf(assignor))
}

export function recordCases(assignor: string, cases: readonly RecordedCase[]): void {
  writeJsonLines(fileOf(assignor), cases)
}

function fileOf(assignor: string): string {
  return fileURLToPath(new URL(`./recorded/${assignor}.jsonl`, import.meta.url))
}
