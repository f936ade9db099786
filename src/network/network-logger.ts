/** The logger of the network room: a `Logger` of the cluster. */
export interface NetworkLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /**
   * Logs an error at its first occurrence, and later ones at level `debug`, because a client may
   * repeat it every few milliseconds.
   *
   * @param key the same for the same error
   */
  errorOnce(key: string, fields: object, message: string): void
}
