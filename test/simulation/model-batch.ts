import { BatchView } from '../../src/record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../src/record/control-record.ts'
import { recordsOf } from '../../src/record/records.ts'

export interface ModelRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
}

/** The expected content of a batch. */
export class ModelBatch {
  readonly bytes: Uint8Array
  /** The log end offset before it was appended, which may be lower than its base offset. */
  readonly follows: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  #records: readonly ModelRecord[] | undefined

  constructor(bytes: Uint8Array, follows: number) {
    const view = new BatchView(bytes)
    this.bytes = bytes
    this.follows = follows
    this.baseOffset = view.baseOffset
    this.lastOffset = view.lastOffset
    this.epoch = view.partitionLeaderEpoch
    this.maxTimestamp = view.maxTimestamp
    this.producerId = view.producerId
    this.producerEpoch = view.producerEpoch
    this.baseSequence = view.baseSequence
    this.lastSequence = view.lastSequence
    this.isTransactional = view.isTransactional
    this.isControl = view.isControl
  }

  get nextOffset(): number {
    return this.lastOffset + 1
  }

  get records(): readonly ModelRecord[] {
    return (this.#records ??= Array.from(
      recordsOf(new BatchView(this.bytes)),
      ({ offset, timestamp, key, value }) => ({
        offset,
        timestamp,
        key: key && Buffer.from(key).toString('latin1'),
        value: value && Buffer.from(value).toString('latin1'),
      }),
    ))
  }

  /**
   * The marker of a control batch; undefined for data, and for a marker that the cleaner has
   * emptied.
   */
  get marker(): { readonly isAbort: boolean; readonly coordinatorEpoch: number } | undefined {
    if (!this.isControl) return undefined
    const view = new BatchView(this.bytes)
    const marker = view.recordCount > 0 ? endTransactionMarkerOf(view) : undefined
    if (marker === undefined) return undefined
    const { type, coordinatorEpoch } = marker
    return { isAbort: type === ControlRecordType.Abort, coordinatorEpoch }
  }

  equals(other: ModelBatch): boolean {
    return Buffer.compare(this.bytes, other.bytes) === 0
  }

  toString(): string {
    const producer = this.producerId < 0 ? '' : ` producer ${this.producerId}`
    const kind = this.isControl ? ' marker' : this.isTransactional ? ' transactional' : ''
    return `${this.baseOffset}..${this.lastOffset} (${this.bytes.length} bytes, epoch ${this.epoch}${producer}${kind})`
  }
}
