import type { Answer } from '../../controller/answer.ts'
import type {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'

/**
 * Stores the state of share partitions at their coordinators (Kafka's `Persister`). Each method
 * takes a request for any number of share partitions of one group, and returns the result of each.
 * There is no promise if nothing must be waited for.
 */
export interface SharePersister {
  /** Creates the state of share partitions, or resets it. */
  initializeState(
    request: RequestOf<typeof InitializeShareGroupState>,
  ): Answer<ResponseBody<typeof InitializeShareGroupState>>
  /** Returns the state for the leaders of the partitions. */
  readState(
    request: RequestOf<typeof ReadShareGroupState>,
  ): Answer<ResponseBody<typeof ReadShareGroupState>>
  /** Stores changes. */
  writeState(
    request: RequestOf<typeof WriteShareGroupState>,
  ): Answer<ResponseBody<typeof WriteShareGroupState>>
  /** Deletes the state. */
  deleteState(
    request: RequestOf<typeof DeleteShareGroupState>,
  ): Answer<ResponseBody<typeof DeleteShareGroupState>>
  /** Returns the offsets and epochs. */
  readSummary(
    request: RequestOf<typeof ReadShareGroupStateSummary>,
  ): Answer<ResponseBody<typeof ReadShareGroupStateSummary>>
}
