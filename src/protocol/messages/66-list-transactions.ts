import { api, array, int16, int32, int64, string } from '../schema/index.ts'

/**
 * ListTransactions (66): the transactions that a broker coordinates (KIP-664).
 *
 *   v1  those that run longer than a duration (KIP-994)
 *   v2  those whose id matches a pattern (KIP-1152)
 */
export const ListTransactions = api(
  66,
  'ListTransactions',
  { versions: [0, 2], flexible: 0 },
  {
    request: {
      stateFilters: array(string),
      producerIdFilters: array(int64),
      durationFilter: int64.since(1).default(-1),
      transactionalIdPattern: string.since(2).nullable().default(null),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      unknownStateFilters: array(string),
      transactionStates: array({
        transactionalId: string,
        producerId: int64,
        transactionState: string,
      }),
    },
  },
)
