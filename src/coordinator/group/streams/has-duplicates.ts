/** Whether a key is in the list twice. */
export function hasDuplicates(keys: readonly string[]): boolean {
  return new Set(keys).size < keys.length
}
