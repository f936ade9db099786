/** What the coordinator may know of the connection that a request came by. */
export interface GroupConnection {
  /** The client's address, without a port. */
  readonly clientHost: string
  readonly isClosed: boolean
  /** Calls back once when the connection closes, at once if it has. Returns what takes the callback back. */
  onClose(callback: () => void): () => void
}

/** What the coordinator knows about a request beside its body. */
export interface GroupRequestContext {
  readonly apiVersion: number
  /** `null` counts as empty, as in Kafka. */
  readonly clientId: string | null
  readonly connection: GroupConnection
}
