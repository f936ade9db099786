import type { ControllerRequests } from '../../controller/operations.ts'
import type {
  AlterPartitionRequest,
  AlterPartitionResult,
  AlteredPartition,
  AlteredPartitionResult,
} from '../../controller/partitions/alter-partition.ts'
import { mapAnswer } from '../../controller/answer.ts'
import type { Timer } from '../../platform/clock.ts'
import type { Turn } from '../../platform/turn.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { Delays } from '../delays.ts'
import { groupBy } from '../group-by.ts'

/** The time until a request that failed as a whole is repeated, in milliseconds, as in Kafka. */
const RETRY_BACKOFF_MS = 50

/** Takes the result for one partition. Returns whether to request it again. */
type OnResult = (result: AlteredPartitionResult) => boolean

interface Item {
  readonly topicId: Uuid
  readonly partition: AlteredPartition
  readonly onResult: OnResult
}

export interface IsrChangesOptions {
  readonly brokerId: number
  readonly brokerEpoch: () => number
  readonly controller: Pick<ControllerRequests, 'alterPartition'>
  readonly turn: Turn
  readonly delays: Delays
}

/**
 * Sends changes of in-sync replicas to the controller (Kafka's `AlterPartitionManager`). All that
 * are submitted in a turn of the event loop, or while a request is under way, are one request.
 */
export class IsrChanges {
  readonly #options: IsrChangesOptions
  /** By topic id and partition: a newer change replaces one that was not sent yet. */
  #waiting = new Map<string, Item>()
  #isUnderWay = false
  #turn: Timer | undefined
  #isClosed = false

  constructor(options: IsrChangesOptions) {
    this.#options = options
  }

  submit(topicId: Uuid, partition: AlteredPartition, onResult: OnResult): void {
    const key = keyOf(topicId, partition)
    this.#waiting.set(key, { topicId, partition, onResult })
    this.#schedule()
  }

  /** Drops all changes that were not sent. */
  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
    this.#turn?.cancel()
  }

  #schedule(): void {
    if (this.#isUnderWay || this.#isClosed) return
    this.#isUnderWay = true
    this.#turn = this.#options.turn.after(() => this.#send())
  }

  #send(): void {
    const items = [...this.#waiting.values()]
    this.#waiting.clear()
    if (items.length === 0 || this.#isClosed) {
      this.#isUnderWay = false
      return
    }
    const answer = this.#options.controller.alterPartition(this.#requestOf(items))
    void mapAnswer(answer, (result) => this.#onAnswer(items, result))
  }

  #requestOf(items: readonly Item[]): AlterPartitionRequest {
    const { brokerId, brokerEpoch } = this.#options
    const topics = groupBy(items, ({ topicId }) => topicId)
    return {
      brokerId,
      brokerEpoch: brokerEpoch(),
      topics: [...topics].map(([topicId, ofTopic]) => ({
        topicId,
        partitions: ofTopic.map(({ partition }) => partition),
      })),
    }
  }

  #onAnswer(items: readonly Item[], { errorCode, topics }: AlterPartitionResult): void {
    const again: Item[] = []
    if (errorCode === ErrorCode.None) {
      const results = new Map<string, AlteredPartitionResult>()
      for (const { topicId, partitions } of topics) {
        for (const result of partitions) results.set(keyOf(topicId, result), result)
      }
      for (const item of items) {
        const result = results.get(keyOf(item.topicId, item.partition))
        if (result === undefined || item.onResult(result)) again.push(item)
      }
    } else again.push(...items)
    this.#isUnderWay = false
    if (again.length > 0) void this.#retry(again)
    else if (this.#waiting.size > 0) this.#schedule()
  }

  async #retry(items: readonly Item[]): Promise<void> {
    this.#isUnderWay = true
    const hasElapsed = await this.#options.delays.wait(RETRY_BACKOFF_MS)
    this.#isUnderWay = false
    if (!hasElapsed) return
    for (const item of items) {
      const key = keyOf(item.topicId, item.partition)
      if (!this.#waiting.has(key)) this.#waiting.set(key, item)
    }
    this.#schedule()
  }
}

function keyOf(topicId: Uuid, { partitionIndex }: { readonly partitionIndex: number }): string {
  return `${topicId} ${partitionIndex}`
}
