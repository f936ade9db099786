// While the sources run as they are. The build puts CommonJS's own `require` in the place of this file.
import { createRequire } from 'node:module'

export const load = createRequire(import.meta.url)
