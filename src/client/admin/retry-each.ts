import { isRetriable } from '../../protocol/error-code.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { BrokerError } from '../client-error.ts'
import { retry } from '../retry.ts'

/** A broker's result for one item of a request. */
export interface ItemResult<I> {
  readonly item: I
  readonly errorCode: number
  readonly errorMessage?: string | null
}

/**
 * Sends a request about several items again, for the items that failed with a transient error.
 *
 * @param operationOf the operation on an item, for messages: `creating topic orders`
 * @throws BrokerError for the first item that is refused; the operation may have succeeded for
 * others
 */
export async function retryEach<I>(
  { settings, closing }: ClientCore,
  signals: Signals,
  items: readonly I[],
  operationOf: (item: I) => string,
  request: (items: readonly I[]) => Promise<readonly ItemResult<I>[]>,
): Promise<void> {
  let remaining = items
  if (remaining.length === 0) return
  await retry(settings, [closing, ...signals], async () => {
    const failed = (await request(remaining)).filter(({ errorCode }) => errorCode !== 0)
    const refused = failed.find(({ errorCode }) => !isRetriable(errorCode)) ?? failed[0]
    remaining = failed.map(({ item }) => item)
    if (refused === undefined) return
    const { item, errorCode, errorMessage } = refused
    throw new BrokerError(errorCode, operationOf(item), errorMessage)
  })
}
