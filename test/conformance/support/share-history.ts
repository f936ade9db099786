import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { AcknowledgeType } from '../../../src/broker/share/acknowledgement.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { encodeEndTransactionMarker } from '../../../src/record/control-record.ts'
import type { PartitionDump, ShareTwins, TwinCommand, TwinConfigs } from './share-twins.ts'

interface LogBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly bytes: Uint8Array
}

interface Transaction {
  readonly producerId: number
  readonly firstOffset: number
  endOffset: number
  isAborted: boolean
}

const MEMBERS = ['a', 'b', 'c']
const STEPS = 120

/** One random history of a share partition, with the log that it reads. */
export class ShareHistory {
  readonly #twins: ShareTwins
  readonly #random: SeededRandom
  readonly #log: LogBatch[] = []
  readonly #transactions: Transaction[] = []
  readonly #open = new Map<number, Transaction>()
  #nextOffset = 0
  #nextId = 0
  #configs: TwinConfigs
  #state: PartitionDump | undefined

  constructor(twins: ShareTwins, seed: number) {
    this.#twins = twins
    this.#random = new SeededRandom(seed)
    this.#configs = this.#randomConfigs()
  }

  /** Returns the number of steps after which Kafka's class failed; `undefined` if it did not. */
  async live(): Promise<number | undefined> {
    for (let i = 0; i < 6; i++) this.#append()
    await this.#run(this.#beginning())
    for (let step = 0; step < STEPS; step++) {
      const command = this.#next()
      if (command === undefined) continue
      if (!(await this.#run(command))) return step
    }
    return undefined
  }

  async #run(command: TwinCommand): Promise<boolean> {
    this.#state = await this.#twins.run(command)
    return this.#state !== undefined
  }

  #next(): TwinCommand | undefined {
    const { openWrites, openDeadLetters } = this.#twins
    const choice = this.#random.int(100)
    if (choice < 30) return this.#acquire()
    if (choice < 55) return this.#acknowledge()
    if (choice < 60) return { do: 'release', id: this.#nextId++, memberId: this.#member() }
    if (choice < 68) return { do: 'advance', ms: this.#random.int(this.#configs.lockDurationMs) }
    if (choice < 69) return this.#moveStart()
    if (choice < 88 && openWrites > 0) {
      const errorCode = this.#random.int(5) === 0 ? ErrorCode.NotCoordinator : ErrorCode.None
      return { do: 'endWrite', errorCode }
    }
    if (choice < 92 && openDeadLetters.length > 0) {
      return {
        do: 'endDeadLetter',
        firstOffset: openDeadLetters[this.#random.int(openDeadLetters.length)]!,
      }
    }
    if (choice < 98) {
      this.#append()
      return undefined
    }
    this.#configs = this.#randomConfigs()
    return { do: 'configure', configs: this.#configs }
  }

  #randomConfigs(): TwinConfigs {
    return {
      lockDurationMs: 1000 * (1 + this.#random.int(3)),
      maxDeliveryCount: 2 + this.#random.int(5),
      maxInFlightRecords: 4 + this.#random.int(30),
      canRenewLocks: this.#random.int(4) > 0,
      hasDeadLetterTopic: this.#random.int(3) === 0,
    }
  }

  #beginning(): TwinCommand {
    const startOffset = this.#random.int(5)
    const stateBatches = []
    let next = startOffset + this.#random.int(3)
    const count = this.#random.int(3) === 0 ? 0 : this.#random.int(5)
    for (let i = 0; i < count; i++) {
      const lastOffset = next + this.#random.int(4)
      const deliveryState = [0, 2, 4, 3][
        this.#random.int(this.#configs.hasDeadLetterTopic ? 4 : 3)
      ]!
      const deliveryCount = 1 + this.#random.int(3)
      stateBatches.push({ firstOffset: next, lastOffset, deliveryState, deliveryCount })
      next = lastOffset + 1 + (this.#random.int(3) === 0 ? this.#random.int(4) : 0)
    }
    const id = this.#nextId++
    return { do: 'begin', id, configs: this.#configs, startOffset, stateBatches }
  }

  #append(): void {
    if (this.#random.int(8) === 0) this.#nextOffset += this.#random.int(4)
    const producerId = this.#random.int(4)
    const open = this.#open.get(producerId)
    if (open !== undefined && this.#random.int(2) === 0) {
      open.endOffset = this.#nextOffset
      open.isAborted = this.#random.int(2) === 0
      this.#open.delete(producerId)
      this.#add(1, (baseOffset) =>
        encodeEndTransactionMarker(
          { type: open.isAborted ? 0 : 1, coordinatorEpoch: 0 },
          { timestamp: 0, baseOffset, producerId, producerEpoch: 0 },
        ),
      )
      return
    }
    const isTransactional = producerId > 0
    if (isTransactional && open === undefined) {
      const begun = {
        producerId,
        firstOffset: this.#nextOffset,
        endOffset: Infinity,
        isAborted: false,
      }
      this.#open.set(producerId, begun)
      this.#transactions.push(begun)
    }
    const count = 1 + this.#random.int(8)
    const records = Array.from({ length: count }, () => ({
      timestamp: 0,
      key: null,
      value: Buffer.from('v'),
    }))
    this.#add(count, (baseOffset) =>
      encodeBatch(records, {
        baseOffset,
        ...(isTransactional && { producerId, producerEpoch: 0, baseSequence: 0, isTransactional }),
      }),
    )
  }

  #add(count: number, encode: (baseOffset: number) => Uint8Array): void {
    const baseOffset = this.#nextOffset
    this.#nextOffset += count
    this.#log.push({ baseOffset, lastOffset: baseOffset + count - 1, bytes: encode(baseOffset) })
  }

  #acquire(): TwinCommand | undefined {
    const { nextFetchOffset, canAcquire } = this.#state!
    if (!canAcquire) return undefined
    const first = this.#log.findIndex(({ lastOffset }) => lastOffset >= nextFetchOffset)
    if (first === -1) return undefined
    const read = this.#log.slice(first, first + 1 + this.#random.int(6))
    const end = read.at(-1)!.lastOffset
    return {
      do: 'acquire',
      memberId: this.#member(),
      mode: this.#random.int(3) === 0 ? 1 : 0,
      batchSize: 1 + this.#random.int(10),
      maxRecords: 1 + this.#random.int(14),
      fetchOffset: nextFetchOffset,
      isCommitted: this.#random.int(3) === 0,
      records: Buffer.concat(read.map(({ bytes }) => bytes)).toString('base64'),
      aborted: this.#transactions.filter(
        ({ isAborted, firstOffset, endOffset }) =>
          isAborted && firstOffset <= end && endOffset >= nextFetchOffset,
      ),
    }
  }

  #acknowledge(): TwinCommand | undefined {
    const { batches } = this.#state!
    const acquired = batches.flatMap(({ firstOffset, lastOffset, states, isSplit }) =>
      isSplit
        ? states.map(([state, , memberId], index) => ({
            state,
            memberId,
            firstOffset: firstOffset + index,
            lastOffset: firstOffset + index,
          }))
        : [{ state: states[0]![0], memberId: states[0]![2], firstOffset, lastOffset }],
    )
    const candidates = acquired.filter(({ state }) => state === 1)
    const chosen = candidates[this.#random.int(Math.max(1, candidates.length))]
    if (chosen === undefined) return undefined
    let { firstOffset, lastOffset } = chosen
    const shape = this.#random.int(10)
    if (shape < 3) firstOffset += this.#random.int(lastOffset - firstOffset + 1)
    else if (shape < 5) lastOffset = firstOffset + this.#random.int(lastOffset - firstOffset + 1)
    else if (shape < 7) lastOffset += this.#random.int(6)
    else if (shape === 7) firstOffset = Math.max(0, firstOffset - this.#random.int(6))
    const count = lastOffset - firstOffset + 1
    const type = (): AcknowledgeType => this.#random.int(5) as AcknowledgeType
    const acknowledgeTypes =
      this.#random.int(2) === 0 ? [type()] : Array.from({ length: count }, type)
    const memberId = this.#random.int(12) === 0 ? this.#member() : chosen.memberId
    const list = [{ firstOffset, lastOffset, acknowledgeTypes }]
    if (this.#random.int(6) === 0) {
      list.push({
        firstOffset: lastOffset + 1,
        lastOffset: lastOffset + 2,
        acknowledgeTypes: [type()],
      })
    }
    return { do: 'acknowledge', id: this.#nextId++, memberId, batches: list }
  }

  #moveStart(): TwinCommand | undefined {
    const { startOffset } = this.#state!
    if (this.#nextOffset <= startOffset) return undefined
    const most = this.#random.int(3) === 0 ? this.#nextOffset - startOffset : 4
    const offset = startOffset + 1 + this.#random.int(most)
    return { do: 'moveStart', offset: Math.min(offset, this.#nextOffset) }
  }

  #member(): string {
    return MEMBERS[this.#random.int(MEMBERS.length)]!
  }
}
