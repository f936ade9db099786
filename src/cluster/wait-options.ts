/** Limits of a wait. */
export interface WaitOptions {
  /** Ends the wait with `ABORTED`. */
  readonly signal?: AbortSignal
  /** Ends the wait with `TIMEOUT`, after milliseconds of real time. Default: no limit. */
  readonly timeoutMs?: number
}
