/**
 * Throws if `condition` is false, which is always a bug in Odradek. It costs one comparison, so it
 * may be used on hot paths. Therefore `message` is a constant that names the rule, not a text with
 * values.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant violated: ${message}`)
}
