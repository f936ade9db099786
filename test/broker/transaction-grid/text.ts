import { errorName } from '../../../src/protocol/error-code.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import type { BatchView } from '../../../src/record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../../src/record/control-record.ts'
import { recordsOf } from '../../../src/record/records.ts'

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The fields of requests that contain names, which get the prefix of their scenario. */
const nameFields: ReadonlySet<string> = new Set([
  'transactionalId',
  'v3AndBelowTransactionalId',
  'transactionalIds',
  'groupId',
  'groupsNames',
  'name',
  'topic',
  'topicNames',
])
const errorFields: ReadonlySet<string> = new Set(['errorCode', 'partitionErrorCode'])
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
/** Omitted: it depends on the order of scenarios, or is the same in all of them. */
const omittedFields: ReadonlySet<string> = new Set(['throttleTimeMs', 'currentLeader'])
/** Omitted if they are empty. */
const optionalFields: ReadonlySet<string> = new Set([
  'errorMessage',
  'ongoingTxnProducerEpoch',
  'ongoingTxnProducerId',
  'recordErrors',
  'resultsByTopicV3AndBelow',
  'resultsByTransaction',
  'topicId',
  'transactions',
  'v3AndBelowTopics',
])

/**
 * Writes requests and responses as text that is the same on every broker: names without the prefix
 * of their scenario, producer ids and coordinator epochs numbered in the order of their
 * appearance, times only as present or absent.
 */
export class Texts {
  readonly #prefix: string
  readonly #producerIds = new Map<number, string>()
  readonly #coordinatorEpochs = new Map<number, string>()
  readonly #topicNames = new Map<string, string>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  get producerIds(): number[] {
    return [...this.#producerIds.keys()]
  }

  nameTopic(topicId: string, name: string): void {
    this.#topicNames.set(topicId, name)
  }

  /** Returns the name that brokers see. Internal topics and the empty name have no prefix. */
  prefixed(name: string): string {
    return name === '' || name.startsWith('__') ? name : this.#prefix + name
  }

  /** Returns a request with the names that brokers see. */
  withPrefix<T>(request: T, field = ''): T {
    if (field === 'configs') return request
    if (typeof request === 'string') {
      return (nameFields.has(field) ? this.prefixed(request) : request) as T
    }
    if (Array.isArray(request)) return request.map((item) => this.withPrefix(item, field)) as T
    if (request === null || typeof request !== 'object' || request instanceof Uint8Array) {
      return request
    }
    return Object.fromEntries(
      Object.entries(request).map(([key, value]) => [key, this.withPrefix(value, key)]),
    ) as T
  }

  of(value: unknown, field = ''): string {
    if (value instanceof Uint8Array) return this.batches(value)
    if (typeof value === 'string') return this.#string(value)
    if (typeof value === 'number') return this.#number(value, field)
    if (Array.isArray(value)) {
      return `[${value
        .map((item) => this.of(item, field))
        .toSorted(byNumberThenText)
        .join(', ')}]`
    }
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).filter(
        ([key, item]) => !omittedFields.has(key) && !(optionalFields.has(key) && isEmpty(item)),
      )
      return `{${fields.map(([key, item]) => `${key}: ${this.of(item, key)}`).join(', ')}}`
    }
    return String(value)
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

  #string(value: string): string {
    const named = this.#topicNames.get(value)
    if (named !== undefined) return `id of ${named}`
    if (value === ZERO_UUID) return 'no id'
    return JSON.stringify(value.replaceAll(this.#prefix, ''))
  }

  #number(value: number, field: string): string {
    if (errorFields.has(field)) return errorName(value)
    if (producerIdFields.has(field)) return this.producerId(value)
    if (field === 'coordinatorEpoch') return this.coordinatorEpoch(value)
    if (timeFields.has(field) && value > 0) return 'a time'
    return String(value)
  }
}

/** A producer id that no broker assigns. */
export const UNKNOWN_PRODUCER_ID = 9_000_000
/** The lowest coordinator epoch that scenarios send. Those of brokers are lower. */
export const FIRST_SENT_EPOCH = 1000

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === null || value === -1 || value === ZERO_UUID
}

/** Brokers list most things in no order. */
function byNumberThenText(a: string, b: string): number {
  return Number(a) - Number(b) || (a < b ? -1 : 1)
}
