import { batchesOf } from '../../../src/record/batch-view.ts'
import type { BatchView } from '../../../src/record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../../src/record/control-record.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { ExchangeTexts, type TextFields } from '../grid/exchange-texts.ts'

const fields: TextFields = {
  names: new Set([
    'transactionalId',
    'v3AndBelowTransactionalId',
    'transactionalIds',
    'groupId',
    'groupsNames',
    'name',
    'topic',
    'topicNames',
  ]),
  unchanged: new Set(['configs']),
  omitted: new Set(['throttleTimeMs', 'currentLeader']),
  optional: new Set([
    'errorMessage',
    'ongoingTxnProducerEpoch',
    'ongoingTxnProducerId',
    'recordErrors',
    'resultsByTopicV3AndBelow',
    'resultsByTransaction',
    'topicId',
    'transactions',
    'v3AndBelowTopics',
  ]),
}
const producerIdFields: ReadonlySet<string> = new Set([
  'producerId',
  'ongoingTxnProducerId',
  'v3AndBelowProducerId',
  'producerIdFilters',
])
const timeFields: ReadonlySet<string> = new Set([
  'transactionStartTimeMs',
  'lastTimestamp',
  'logAppendTimeMs',
  'timestamp',
])

/**
 * Writes requests and responses as {@link ExchangeTexts} do, with producer ids and coordinator
 * epochs numbered in the order of their appearance, and times only as present or absent.
 */
export class Texts extends ExchangeTexts {
  readonly #producerIds = new Map<number, string>()
  readonly #coordinatorEpochs = new Map<number, string>()

  constructor(prefix: string) {
    super(prefix, fields)
  }

  get producerIds(): number[] {
    return [...this.#producerIds.keys()]
  }

  /** Returns `p1` for the first producer id that appears, `p2` for the second one. */
  producerId(id: number): string {
    if (id < 0) return String(id)
    // An id that no broker has assigned is far from all others.
    if (id >= UNKNOWN_PRODUCER_ID) return 'unknown'
    const known = this.#producerIds.get(id) ?? `p${this.#producerIds.size + 1}`
    this.#producerIds.set(id, known)
    return known
  }

  nameCoordinatorEpoch(epoch: number, name: string): void {
    this.#coordinatorEpochs.set(epoch, name)
  }

  coordinatorEpoch(epoch: number): string {
    // Scenarios send epochs that differ much from those of coordinators.
    if (epoch < 0 || epoch >= FIRST_SENT_EPOCH) return String(epoch)
    const known = this.#coordinatorEpochs.get(epoch) ?? `e${this.#coordinatorEpochs.size + 1}`
    this.#coordinatorEpochs.set(epoch, known)
    return known
  }

  /** Returns the batches of a log with their records or marker. */
  batches(bytes: Uint8Array): string {
    return [...batchesOf(bytes)].map((batch) => this.#batch(batch)).join(' ')
  }

  #batch(batch: BatchView): string {
    const producer = `${this.producerId(batch.producerId)}/${batch.producerEpoch}`
    const marker = batch.isControl ? endTransactionMarkerOf(batch) : undefined
    if (marker !== undefined) {
      const type = marker.type === ControlRecordType.Commit ? 'COMMIT' : 'ABORT'
      return `${batch.baseOffset} ${type} ${producer} of ${this.coordinatorEpoch(marker.coordinatorEpoch)};`
    }
    const values = [...recordsOf(batch)].map(({ value }) => Buffer.from(value ?? '').toString())
    if (batch.producerId < 0) return `${batch.baseOffset} ${values.join(',')};`
    const kind = batch.isTransactional ? ' transactional' : ''
    return `${batch.baseOffset} ${values.join(',')} ${producer}#${batch.baseSequence}${kind};`
  }

  protected override bytes(value: Uint8Array): string {
    return this.batches(value)
  }

  protected override number(value: number, field: string): string {
    if (producerIdFields.has(field)) return this.producerId(value)
    if (field === 'coordinatorEpoch') return this.coordinatorEpoch(value)
    if (timeFields.has(field) && value > 0) return 'a time'
    return super.number(value, field)
  }
}

/** A producer id that no broker assigns. */
export const UNKNOWN_PRODUCER_ID = 9_000_000
/** The lowest coordinator epoch that scenarios send. Those of brokers are lower. */
export const FIRST_SENT_EPOCH = 1000
