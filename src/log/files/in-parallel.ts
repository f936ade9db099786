/**
 * Processes every item, up to a number at a time. After the first error it starts no more items,
 * and rejects with this error when those that it has started have ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  atATime: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items].reverse()
  const errors: unknown[] = []
  const work = async (): Promise<void> => {
    try {
      for (let item; (item = waiting.pop()) !== undefined;) await action(item)
    } catch (error) {
      waiting.length = 0
      errors.push(error)
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
  if (errors.length > 0) throw errors[0]
}
