import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** An assignment that Kafka's class made. */
export interface RecordedCase {
  readonly group: unknown
  readonly target: unknown
}

/** Returns the cases of an assignor. `test/conformance/assignors.test.ts` records them. */
export function recordedCases(assignor: string): RecordedCase[] {
  const lines = readFileSync(fileOf(assignor), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RecordedCase)
}

export function recordCases(assignor: string, cases: readonly RecordedCase[]): void {
  writeFileSync(fileOf(assignor), cases.map((each) => `${JSON.stringify(each)}\n`).join(''))
}

function fileOf(assignor: string): string {
  return fileURLToPath(new URL(`./recorded/${assignor}.jsonl`, import.meta.url))
}
