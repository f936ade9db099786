/** The topics that matched a regular expression (Kafka's `ResolvedRegularExpression`). */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** The offset of the metadata image that was searched. */
  readonly version: number
  /** The time of the search, in milliseconds. */
  readonly timestampMs: number
}

/** The regular expressions of a group that have been resolved, by expression. */
export type ResolvedRegexes = ReadonlyMap<string, ResolvedRegex>
