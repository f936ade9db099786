/** Kafka's headings for what does not fit together, and one for all the rest. */
export const Heading = {
  Mismatches: 'Mismatches in :',
  TimestampMismatch: 'Found timestamp mismatch in :',
  TimestampOrder: 'Found out of order timestamp in :',
  NotFound: 'The following indexed offsets are not found in :',
  NonConsecutive: 'Non-consecutive offsets in ',
  Problems: 'Problems in :',
} as const
export type Heading = (typeof Heading)[keyof typeof Heading]

/** Something in a file that is not as it should be. */
export interface Finding {
  readonly path: string
  readonly heading: Heading
  readonly detail: string
  /** It may well be right, as the gaps that compaction leaves. */
  readonly isNote: boolean
}

/** So many lines are said of one file under one heading; the rest is counted. */
const MAX_DETAILS = 100

/** What a dump found to be wrong, file by file. */
export class Findings {
  readonly #details = new Map<string, { lines: string[]; count: number }>()
  readonly #wrongPaths = new Set<string>()
  #problemCount = 0

  /** How many there are in all files, notes left out. */
  get problemCount(): number {
    return this.#problemCount
  }

  /** How many files have problems. */
  get wrongFileCount(): number {
    return this.#wrongPaths.size
  }

  add({ path, heading, detail, isNote }: Finding): void {
    if (!isNote) {
      this.#problemCount++
      this.#wrongPaths.add(path)
    }
    const title = heading + path
    const found = this.#details.get(title) ?? { lines: [], count: 0 }
    if (found.count++ < MAX_DETAILS) found.lines.push(detail)
    this.#details.set(title, found)
  }

  /** Lines under their headings. */
  *lines(): Generator<string, void, undefined> {
    for (const [title, { lines, count }] of this.#details) {
      yield title
      for (const line of lines) yield `  ${line}`
      if (count > lines.length) yield `  and ${count - lines.length} more`
    }
  }
}
