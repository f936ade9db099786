import type * as fzstd from 'fzstd'
import type * as pino from 'pino'

/** Loads a dependency with native code, synchronously. */
export function load(name: string): unknown
export function loadFzstd(): typeof fzstd
export function loadPino(): typeof pino
