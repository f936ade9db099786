import type { NetworkLogger } from '../network/network-logger.ts'
import { loadPino } from '../platform/require.mjs'
import type { Turn } from '../platform/turn.ts'
import type { LogLevel } from './options.ts'

/** File descriptor 2. */
const STDERR = 2

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/**
 * The number of kinds of errors that `errorOnce` remembers. Later kinds are logged at level
 * `debug`.
 */
const MAX_ERRORS_ONCE = 100

/** The log lines of a cluster and its brokers. */
export interface Logger extends NetworkLogger {
  info(fields: object, message: string): void
  /** Returns whether lines of this level are written. */
  writes(level: LogLevel): boolean
}

type WrittenLevel = Exclude<LogLevel, 'silent'>

/**
 * Writes one JSON line per event to stderr, from `level` on. pino is loaded with the first line:
 * most clusters of a test suite never write one, and loading it takes longer than starting a
 * cluster.
 */
export function createLogger(level: LogLevel, turn: Turn): Logger {
  let target: Pick<Logger, WrittenLevel> | undefined
  const waiting: (readonly [level: WrittenLevel, fields: object, message: string])[] = []
  const load = (): void => {
    process.off('exit', load)
    if (target !== undefined) return
    const { pino } = loadPino()
    target = pino({ name: 'odradek', level }, pino.destination({ dest: STDERR, sync: true }))
    for (const [lineLevel, fields, message] of waiting.splice(0)) target[lineLevel](fields, message)
  }
  const writes = (asked: LogLevel): boolean => levels.indexOf(asked) >= levels.indexOf(level)
  const write = (lineLevel: WrittenLevel, fields: object, message: string): void => {
    if (!writes(lineLevel)) return
    if (target !== undefined) return target[lineLevel](fields, message)
    if (waiting.push([lineLevel, fields, message]) > 1) return
    // Load it after this turn, so that a start does not wait for it, and at the latest when the
    // process exits.
    turn.after(load)
    process.once('exit', load)
  }
  const seen = new Set<string>()
  return {
    writes,
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
    errorOnce: (key, fields, message) => {
      const isNew = !seen.has(key) && seen.size < MAX_ERRORS_ONCE
      if (isNew) seen.add(key)
      write(isNew ? 'error' : 'debug', fields, message)
    },
  }
}
