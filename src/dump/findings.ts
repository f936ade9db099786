/** Kafka's headings for inconsistencies, and one heading for everything else. */
export const Heading = {
  Mismatches: 'Mismatches in :',
  TimestampMismatch: 'Found timestamp mismatch in :',
  TimestampOrder: 'Found out of order timestamp in :',
  NotFound: 'The following indexed offsets are not found in :',
  NonConsecutive: 'Non-consecutive offsets in ',
  Problems: 'Problems in :',
} as const
export type Heading = (typeof Heading)[keyof typeof Heading]

/** A problem in a file. */
export interface Finding {
  readonly path: string
  readonly heading: Heading
  readonly detail: string
  /** It may be harmless, such as a gap that compaction leaves. */
  readonly isNote: boolean
}

/** The maximum number of lines per file and heading. The rest is only counted. */
const MAX_DETAILS = 100

/** The problems that a dump found, by file. */
export class Findings {
  readonly #details = new Map<string, { lines: string[]; count: number }>()
  readonly #wrongPaths = new Set<string>()
  #problemCount = 0

  /** The number of problems in all files, without notes. */
  get problemCount(): number {
    return this.#problemCount
  }

  /** The number of files that have problems. */
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

  /** Yields the lines, grouped by heading. */
  *lines(): Generator<string, void, undefined> {
    for (const [title, { lines, count }] of this.#details) {
      yield title
      for (const line of lines) yield `  ${line}`
      if (count > lines.length) yield `  and ${count - lines.length} more`
    }
  }
}
