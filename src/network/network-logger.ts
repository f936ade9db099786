/** What the network tells: a `pino` logger is one. */
export interface NetworkLogger {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
