/** The connection that a request came by, as logs and selections see it. */
export interface ConnectionInfo {
  /** Kafka's connection id: `localHost:localPort-clientHost:clientPort-index`. */
  readonly id: string
  readonly clientHost: string
  readonly clientPort: number
  /** The address by which the client has reached the broker. */
  readonly localHost: string
  readonly localPort: number
  readonly listenerName: string
  /** The authenticated client, as `type:name`. `User:ANONYMOUS` until it has authenticated. */
  principal: string
  /** The software that the client named in ApiVersions (KIP-511); `unknown` until then. */
  clientSoftwareName: string
  clientSoftwareVersion: string
  readonly isClosed: boolean
  /** Whether the client has closed the connection, or its process has ended. */
  readonly isEndedByClient: boolean
  /**
   * Calls back once when the connection closes, at once if it is closed. Returns a function that
   * removes the callback.
   */
  onClose(callback: () => void): () => void
}

/** The connection that a request came by, as its handling uses it. */
export interface RequestConnection extends ConnectionInfo {
  /**
   * Begins the response to the current request, or a new attempt at it. Returns the function that
   * allocates memory for large parts of the response, while there is some. The memory is used again
   * for the next response.
   */
  beginAnswer(): (sizeInBytes: number) => Uint8Array | undefined
  /** Takes back the frame of a request that is done, when nothing refers to its bytes any more. */
  recycle(frame: Uint8Array): void
}
