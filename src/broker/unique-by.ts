/**
 * Returns one item per key: at the position of the first, with the value of the last. In Kafka this
 * happens when it puts the items of a request into a map.
 */
export function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => unknown): readonly T[] {
  if (items.length < 2) return items
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}
