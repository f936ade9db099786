/**
 * One item per key: in the place of the first, with what the last one says. So it is answered in Kafka, which puts what
 * a request names into a map.
 */
export function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => unknown): readonly T[] {
  if (items.length < 2) return items
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}
