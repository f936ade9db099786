import type { SharePersister } from '../../coordinator/share/share-persister.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ReadShareGroupState } from '../../protocol/messages/84-read-share-group-state.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import { persisterError } from './persister-error.ts'
import { nameOf, type SharePartitionId } from './share-partition-id.ts'
import type { StateBatch } from './transition.ts'

/** The methods of the persister that partition leaders use. */
export type StatePersister = Pick<SharePersister, 'readState' | 'writeState'>

type StoredPartition = ResponseBody<
  typeof ReadShareGroupState
>['results'][number]['partitions'][number]

/** Reads and writes the state of one share partition at its share coordinator. */
export class ShareStateStore {
  readonly #persister: StatePersister
  readonly #id: SharePartitionId
  readonly #leaderEpoch: number
  #stateEpoch = 0

  constructor(persister: StatePersister, id: SharePartitionId, leaderEpoch: number) {
    this.#persister = persister
    this.#id = id
    this.#leaderEpoch = leaderEpoch
  }

  /** Returns the stored state. Later writes are fenced when its epoch is no longer current. */
  async read(): Promise<StoredPartition | ApiError> {
    const { groupId, topicId, partition } = this.#id
    const partitions = [{ partition, leaderEpoch: this.#leaderEpoch }]
    const { results } = await this.#persister.readState({
      groupId,
      topics: [{ topicId, partitions }],
    })
    const stored = results[0]?.partitions[0]
    if (stored === undefined) return this.#failure('initialize the share partition')
    const error = persisterError(stored.errorCode, stored.errorMessage ?? null)
    if (error !== undefined) return error
    this.#stateEpoch = stored.stateEpoch
    return stored
  }

  /** Returns the error for a state that cannot be used. */
  invalidState(): ApiError {
    return this.#failure('initialize the share partition')
  }

  /** Stores changed records. Returns the error if they cannot be stored. */
  async write(
    { startOffset, deliveryCompleteCount }: InFlightRecords,
    stateBatches: readonly StateBatch[],
  ): Promise<ApiError | undefined> {
    const { groupId, topicId, partition } = this.#id
    const changed = {
      partition,
      stateEpoch: this.#stateEpoch,
      leaderEpoch: this.#leaderEpoch,
      startOffset,
      deliveryCompleteCount,
      stateBatches: [...stateBatches],
    }
    const { results } = await this.#persister.writeState({
      groupId,
      topics: [{ topicId, partitions: [changed] }],
    })
    const result = results[0]?.partitions[0]
    if (result === undefined)
      return this.#failure('write the share group state for share partition')
    return persisterError(result.errorCode, result.errorMessage ?? null)
  }

  #failure(action: string): ApiError {
    const message = `Failed to ${action} ${nameOf(this.#id)}`
    return new ApiError(ErrorCode.UnknownServerError, message)
  }
}
