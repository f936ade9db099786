import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Where a file of Kafka's official facts lies beside this checkout, or `undefined` when it is not there.
 * Tests that need one say so and are skipped without it.
 */
export function sharedData(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
  return existsSync(path) ? path : undefined
}
