/**
 * Throws when `condition` is false, which is always a bug in Odradek. Costs one comparison, so it may stand on hot
 * paths; therefore `message` is a constant that names the rule, not a text built from values.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant violated: ${message}`)
}
