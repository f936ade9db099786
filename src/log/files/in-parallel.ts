/**
 * Processes every item, up to a number at a time. Rejects with the first error, and starts no more
 * items then.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  atATime: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items].reverse()
  const work = async (): Promise<void> => {
    try {
      for (let item; (item = waiting.pop()) !== undefined;) await action(item)
    } catch (error) {
      waiting.length = 0
      throw error
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
}
