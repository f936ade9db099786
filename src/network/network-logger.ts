/** What the network logs to: a `Logger` of the cluster. */
export interface NetworkLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /**
   * Writes an error when it occurs for the first time, and at level `debug` when it occurs again: a client may repeat it
   * every few milliseconds.
   *
   * @param key the same for the same error
   */
  errorOnce(key: string, fields: object, message: string): void
}
