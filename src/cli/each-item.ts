import { BrokerError } from '../client/client-error.ts'
import { CliError } from './cli-error.ts'

/**
 * Runs an action for each item, one after the other. Items whose action throws a CliError do not
 * keep it from the others.
 *
 * @throws CliError in the end, with the messages of all items that failed
 */
export async function forEachItem<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const problems: string[] = []
  for (const item of items) {
    await action(item).catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error
      problems.push(error.message)
    })
  }
  if (problems.length > 0) throw new CliError(problems.join('\n'))
}

/**
 * Returns a handler that throws a CliError in place of a broker's error, and other errors as they
 * are.
 *
 * @param messages what to print, by error code
 */
export function explain(messages: ReadonlyMap<number, string>): (error: unknown) => never {
  return (error) => {
    const message = error instanceof BrokerError ? messages.get(error.errorCode) : undefined
    throw message === undefined ? error : new CliError(message)
  }
}
