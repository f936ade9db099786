// Used when the sources run directly. `scripts/bundle.mjs` removes this file's `createRequire`:
// CommonJS has its own `require`.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Bundlers do not see which packages these are. They have native code, which cannot be bundled. */
export const load = require

/** Bundlers see these, and take the packages into their bundles. */
export const loadPino = () => require('pino')
export const loadFzstd = () => require('fzstd')
export const loadRe2 = () => require('re2js')
