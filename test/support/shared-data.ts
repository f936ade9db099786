import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Returns the path of a file with official facts about Kafka, in the `shared` directory next to the
 * checkout, or `undefined` if it does not exist. Tests that need one are skipped without it, with
 * this reason.
 */
export function sharedData(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
  return existsSync(path) ? path : undefined
}
