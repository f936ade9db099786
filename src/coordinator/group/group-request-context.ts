/** The connection of a request, as far as the coordinator needs it. */
export interface GroupConnection {
  /** The client's address, without a port. */
  readonly clientHost: string
  readonly isClosed: boolean
  /** Whether the client has closed the connection, or its process has ended. */
  readonly isEndedByClient: boolean
  /**
   * Calls back once when the connection closes, or immediately if it is closed. Returns a function
   * that removes the callback.
   */
  onClose(callback: () => void): () => void
}

/** The data of a request in addition to its body. */
export interface GroupRequestContext {
  readonly apiVersion: number
  /** `null` counts as empty, as in Kafka. */
  readonly clientId: string | null
  readonly connection: GroupConnection
}
