/** Options of every call of the admin. */
export interface CallOptions {
  /** When it is aborted, the call rejects with `ABORTED`; the request may still take effect. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that changes something. */
export interface ChangeOptions extends CallOptions {
  /** Only checks whether the change is allowed. Default false. */
  readonly validateOnly?: boolean
}
