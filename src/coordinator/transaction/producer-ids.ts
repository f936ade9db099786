import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Outcome } from '../runtime/outcome.ts'

/** Allocates producer ids. */
export interface ProducerIds {
  /** Returns an id that no other producer ever had; `undefined` if none can be allocated now. */
  next(): number | undefined | Promise<number | undefined>
}

/** The result of an operation that cannot continue without a new producer id. */
export const NEEDS_PRODUCER_ID = Symbol('needs a producer id')

/**
 * Runs an operation that may need a new producer id. It is run again with the id, because the state
 * may have changed meanwhile.
 */
export function withProducerId<T>(
  producerIds: ProducerIds,
  operation: (producerId: number | undefined) => Outcome<T> | typeof NEEDS_PRODUCER_ID,
): Outcome<T> {
  const first = operation(undefined)
  if (first !== NEEDS_PRODUCER_ID) return first
  const again = (producerId: number | undefined): Outcome<T> => {
    const second = producerId === undefined ? loadInProgress : operation(producerId)
    return second === NEEDS_PRODUCER_ID ? loadInProgress : second
  }
  const producerId = producerIds.next()
  return producerId instanceof Promise ? producerId.then(again) : again(producerId)
}

const loadInProgress = ApiError.of(ErrorCode.CoordinatorLoadInProgress)
