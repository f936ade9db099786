import type * as fzstd from 'fzstd'
import type * as pino from 'pino'

/** Loads a dependency with native code, synchronously. */
export function load(name: string): unknown
export function loadFzstd(): typeof fzstd
export function loadPino(): typeof pino
export function loadRe2(): Re2

/** The part of `re2js` that is used. */
interface Re2 {
  readonly RE2JS: {
    /** @throws Error if the pattern is invalid */
    compile(pattern: string): { matches(text: string): boolean }
  }
  /** Thrown if a pattern is invalid. */
  readonly RE2JSSyntaxException: new () => { getDescription(): string }
}
