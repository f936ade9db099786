// What `#require` is while the sources run as they are; the build puts CommonJS's own `require` in its place.
import { createRequire } from 'node:module'

export const load = createRequire(import.meta.url)
