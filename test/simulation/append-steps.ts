import { ApiError } from '../../src/protocol/api-error.ts'
import type { AppendError } from '../../src/log/append-error.ts'
import type { AppendInfo } from '../../src/log/log-types.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  type EncodeOptions,
  encodeBatch,
  type RecordInput,
} from '../../src/record/batch-encoder.ts'
import { CompressionType } from '../../src/record/compression-type.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../src/record/control-record.ts'
import { AppendOrigin } from '../../src/record/validation-rules.ts'
import { agree, disagree } from './agree.ts'
import type { Dice } from './dice.ts'
import { ModelBatch } from './model-batch.ts'
import type { ModelProducer } from './model-producers.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

const producerIds = [1, 2, 3]
const codecs = [
  CompressionType.Gzip,
  CompressionType.Snappy,
  CompressionType.Lz4,
  CompressionType.None,
]

/** A batch as it is sent, and as it will be in the log. */
interface Draft {
  readonly records: readonly RecordInput[]
  readonly options: EncodeOptions
}

type Sent = Pick<EncodeOptions, 'producerId' | 'producerEpoch' | 'baseSequence' | 'isTransactional'>

/**
 * Appends batches of a client as a leader does: plain, idempotent or transactional, one or several.
 */
export function append(broker: SimulatedBroker, simulated: SimulatedLog, dice: Dice): void {
  const producerId = dice.chance(0.5) ? undefined : dice.pick(producerIds)
  const batches = producerId === undefined && dice.chance(0.2) ? dice.between(2, 3) : 1
  const sent = producerId === undefined ? {} : nextOf(simulated, producerId, dice)
  const drafts = Array.from({ length: batches }, () => draft(broker, dice, sent))
  appendDrafts(broker, simulated, drafts)
}

/**
 * Appends batches of a leader as a follower does. If the leader was compacted, offsets are missing.
 */
export function appendAsFollower(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  dice: Dice,
): void {
  const { log, model } = simulated
  let baseOffset = model.endOffset
  let follows = model.recordsEndOffset
  const batches = Array.from({ length: dice.between(1, 3) }, () => {
    if (dice.chance(0.2)) baseOffset += dice.between(1, 4)
    const { records, options } = draft(broker, dice, {})
    const partitionLeaderEpoch = model.leaderEpoch
    const bytes = encodeBatch(records, { ...options, baseOffset, partitionLeaderEpoch })
    const batch = new ModelBatch(bytes, follows)
    baseOffset = batch.nextOffset
    follows = baseOffset
    return batch
  })
  broker.note(`append as follower ${batches.join(', ')}`)
  const bytes = Buffer.concat(batches.map((batch) => batch.bytes))
  simulated.inFlight = { batches }
  settle(broker, simulated, batches, bytes.length, log.appendAsFollower(bytes))
}

/** Ends the open transaction of a producer, if it has one. */
export function endTransaction(broker: SimulatedBroker, simulated: SimulatedLog, dice: Dice): void {
  const { log, model } = simulated
  const open = [...model.producers.entries].filter((entry) => entry[1].currentTxnStartOffset >= 0)
  if (open.length === 0) return append(broker, simulated, dice)
  const [producerId, producer] = dice.pick(open)
  const type = dice.chance(0.5) ? ControlRecordType.Abort : ControlRecordType.Commit
  const coordinatorEpoch = Math.max(0, producer.coordinatorEpoch) + (dice.chance(0.1) ? 1 : 0)
  const producerEpoch = producer.producerEpoch + (dice.chance(0.2) ? 1 : 0)
  const encode = (place: { baseOffset?: number; partitionLeaderEpoch?: number }) =>
    encodeEndTransactionMarker(
      { type, coordinatorEpoch },
      { timestamp: broker.clock.now(), producerId, producerEpoch, ...place },
    )
  const { endOffset, leaderEpoch } = model
  const bytes = encode({ baseOffset: endOffset, partitionLeaderEpoch: leaderEpoch })
  const batch = new ModelBatch(bytes, model.recordsEndOffset)
  broker.note(`${type === ControlRecordType.Abort ? 'abort' : 'commit'} ${batch.toString()}`)
  simulated.inFlight = { batches: [batch] }
  const options = { origin: AppendOrigin.Coordinator }
  const result = log.appendAsLeader(encode({}), leaderEpoch, options)
  settle(broker, simulated, [batch], bytes.length, result)
}

/** Sends the last batch of a producer again. It must not be appended again. */
export function retry(broker: SimulatedBroker, simulated: SimulatedLog, dice: Dice): void {
  const { log, model } = simulated
  const producerId = dice.pick(producerIds)
  const last = model.remembered.findLast((batch) => batch.producerId === producerId)
  const producer = model.producers.entries.get(producerId)
  const isKnown = last !== undefined && !last.isControl && producer?.lastOffset === last.lastOffset
  const isWhole = isKnown && last.records.length === last.nextOffset - last.baseOffset
  if (!isWhole) return append(broker, simulated, dice)
  broker.note(`retry ${last.toString()}`)
  const again = Buffer.from(last.bytes)
  again.writeBigInt64BE(0n, 0)
  const result = log.appendAsLeader(again, model.leaderEpoch)
  if (broker.isInTrouble) return
  if (result instanceof ApiError)
    disagree(`the retry is refused with the error ${result.errorCode}`)
  agree(
    'what the retry is told',
    [result.duplicate, result.baseOffset, result.lastOffset],
    [true, last.baseOffset, last.lastOffset],
  )
}

/** Sends a batch that must be refused: with a gap in the sequence, or of an old epoch. */
export function refusedAppend(broker: SimulatedBroker, simulated: SimulatedLog, dice: Dice): void {
  const { log, model } = simulated
  const known = [...model.producers.entries].filter(([, { lastSequence }]) => lastSequence >= 0)
  if (known.length === 0) return append(broker, simulated, dice)
  const [producerId, producer] = dice.pick(known)
  const isFenced = producer.producerEpoch > 0 && dice.chance(0.5)
  const { records, options } = draft(broker, dice, {
    producerId,
    producerEpoch: producer.producerEpoch - (isFenced ? 1 : 0),
    baseSequence: producer.lastSequence + 100,
    isTransactional: producer.currentTxnStartOffset >= 0,
  })
  broker.note(`append with the wrong ${isFenced ? 'epoch' : 'sequence'} of ${producerId}`)
  const bytes = encodeBatch(records, options)
  const isTooLarge = bytes.length > broker.settings.config.segmentBytes
  const result = log.appendAsLeader(bytes, model.leaderEpoch)
  if (broker.isInTrouble) return
  const wrong = isFenced ? ErrorCode.InvalidProducerEpoch : ErrorCode.OutOfOrderSequenceNumber
  const expected = isTooLarge ? ErrorCode.RecordListTooLarge : wrong
  agree('the refusal', result instanceof ApiError && result.errorCode, expected)
}

function appendDrafts(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  drafts: readonly Draft[],
): void {
  const { log, model } = simulated
  let baseOffset = model.endOffset
  let follows = model.recordsEndOffset
  const batches = drafts.map(({ records, options }) => {
    const partitionLeaderEpoch = model.leaderEpoch
    const bytes = encodeBatch(records, { ...options, baseOffset, partitionLeaderEpoch })
    const batch = new ModelBatch(bytes, follows)
    baseOffset = batch.nextOffset
    follows = baseOffset
    return batch
  })
  broker.note(`append ${batches.join(', ')}`)
  const bytes = Buffer.concat(drafts.map(({ records, options }) => encodeBatch(records, options)))
  simulated.inFlight = { batches }
  const result = log.appendAsLeader(bytes, model.leaderEpoch)
  settle(broker, simulated, batches, bytes.length, result)
}

/**
 * Updates the model with an acknowledged append. An error is correct if the disk fails, or if the
 * batches are too large for a segment.
 */
function settle(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  batches: readonly ModelBatch[],
  sizeInBytes: number,
  result: AppendInfo | AppendError,
): void {
  const { segmentBytes, flushMessages } = broker.settings.config
  if (result instanceof ApiError) {
    const isTooLarge = sizeInBytes > segmentBytes
    if (!broker.isInTrouble || result.errorCode !== ErrorCode.KafkaStorageError) {
      const expected = isTooLarge ? ErrorCode.RecordListTooLarge : 'success'
      agree('the answer to the append', result.errorCode, expected)
      simulated.inFlight = {}
    }
    return
  }
  agree(
    'what the append is told',
    [result.duplicate, result.baseOffset, result.lastOffset],
    [false, batches[0]!.baseOffset, batches.at(-1)!.lastOffset],
  )
  simulated.model.append(batches)
  simulated.inFlight = {}
  if (flushMessages === 1) {
    agree('the recovery point', simulated.log.durability.recoveryPoint, simulated.model.endOffset)
  }
}

/** Returns the producer's next sequence. */
function nextOf({ model }: SimulatedLog, producerId: number, dice: Dice): Sent {
  const producer: ModelProducer | undefined = model.producers.entries.get(producerId)
  if (producer === undefined) {
    return { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: dice.chance(0.5) }
  }
  const isOpen = producer.currentTxnStartOffset >= 0
  const isNewEpoch = !isOpen && dice.chance(0.1)
  return {
    producerId,
    producerEpoch: producer.producerEpoch + (isNewEpoch ? 1 : 0),
    baseSequence: isNewEpoch ? 0 : producer.lastSequence + 1,
    isTransactional: isOpen || dice.chance(0.5),
  }
}

function draft(broker: SimulatedBroker, dice: Dice, sent: Sent): Draft {
  const nowMs = broker.clock.now()
  const count = dice.chance(0.6) ? 1 : dice.between(2, 4)
  const records = Array.from({ length: count }, () => ({
    key: Buffer.from(`k${dice.int(6)}`),
    value: dice.chance(0.15) ? null : Buffer.alloc(dice.int(dice.chance(0.1) ? 300 : 60), 'value'),
    timestamp: nowMs - (dice.chance(0.2) ? dice.int(5000) : 0) + dice.int(3),
  }))
  const compression = dice.chance(0.06) ? dice.pick(codecs) : CompressionType.None
  return { records, options: { ...sent, compression } }
}
