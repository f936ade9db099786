import type { Produce } from '../../../src/protocol/messages/index.ts'
import type { ResponseOf } from '../../../src/protocol/schema/index.ts'
import * as layout from '../../../src/record/batch-layout.ts'
import { BatchView, batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { HOUR } from './shape.ts'

/** All that a broker says about one batch; times are relative, see {@link relativeTimes}. */
export interface Answer {
  /** Error code, base offset, log append time and log start offset; of a Produce that closed the connection `closed`. */
  produced: string
  message?: string
  recordErrors?: readonly string[]
  /** The header of the batch as a consumer gets it. */
  stored?: string
  /** What the consumer reads of it, or `as sent`: the very bytes that came behind the header. */
  content?: string
  /** What ListOffsets finds by time, as the largest timestamp and as the end: `offset@timestamp`. */
  found?: string
}

type PartitionResponse = ResponseOf<
  typeof Produce
>['responses'][number]['partitionResponses'][number]

/** How the Produce of a batch was answered. */
export function produceAnswer(response: PartitionResponse, times: RelativeTimes): Answer {
  const { errorCode, baseOffset, logAppendTimeMs, logStartOffset } = response
  const { errorMessage, recordErrors } = response
  return {
    produced: `${errorCode} at ${baseOffset}, append time ${times(String(logAppendTimeMs))}, start ${logStartOffset}`,
    ...(errorMessage === null ? {} : { message: times(errorMessage) }),
    ...(recordErrors.length === 0
      ? {}
      : {
          recordErrors: recordErrors.map(
            ({ batchIndex, batchIndexErrorMessage }) =>
              `${batchIndex}: ${times(String(batchIndexErrorMessage))}`,
          ),
        }),
  }
}

/** What a consumer sees of the first batch of a partition. */
export function storedAnswer(
  fetched: Uint8Array,
  sent: Uint8Array,
  times: RelativeTimes,
): Pick<Answer, 'stored' | 'content'> {
  const [batch] = batchesOf(fetched)
  if (batch === undefined) return { stored: 'nothing' }
  const payload = Buffer.from(batch.bytes.subarray(layout.BATCH_OVERHEAD))
  const isAsSent = payload.equals(sent.subarray(layout.BATCH_OVERHEAD))
  return {
    stored: header(batch, new BatchView(sent), times),
    content: isAsSent ? 'as sent' : content(batch, times),
  }
}

function header(batch: BatchView, sent: BatchView, times: RelativeTimes): string {
  const from = times(String(batch.baseTimestamp))
  const to = times(String(batch.maxTimestamp))
  const codec = batch.compression === sent.compression ? 'codec as sent' : batch.compression
  const flags = batch.attributes & 0xfff8
  return (
    `offsets ${batch.baseOffset} to ${batch.lastOffset}, epoch ${batch.partitionLeaderEpoch}, ` +
    `${codec}, flags 0x${flags.toString(16)}, times ${from} to ${to}, ` +
    `producer ${batch.producerId}/${batch.producerEpoch}/${batch.baseSequence}, ` +
    `${batch.recordCount} records, checksum ${batch.isChecksumValid ? 'right' : 'wrong'}`
  )
}

/** The first ten records. */
function content(batch: BatchView, times: RelativeTimes): string {
  const records = [...recordsOf(batch)].slice(0, 10)
  return records
    .map(({ offset, timestamp, key, value, headers }) => {
      const names = headers.map((one) => ` ${one.key}=${text(one.value)}`).join('')
      return `${offset}@${times(String(timestamp))} ${text(key)}=${text(value)}${names}`
    })
    .join(', ')
}

function text(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  return bytes.length > 20 ? `${bytes.length} bytes` : `'${Buffer.from(bytes).toString()}'`
}

/** Says every time in a text relative to the grid's base and to when it was asked. */
export type RelativeTimes = (text: string) => string

/** How far the base of a grid's timestamps lies before the time of its appends. */
export const BASE_BEFORE_NOW_MS = 600_000

/** Half of what the clock may move while the grid is asked. */
const SLACK_MS = 300_000

/** @param baseMs the base of the grid's timestamps */
export function relativeTimes(baseMs: number): RelativeTimes {
  const nowMs = baseMs + BASE_BEFORE_NOW_MS
  return (text) => text.replace(/-?\d{12,}/g, (number) => relative(Number(number), baseMs, nowMs))
}

function relative(timestamp: number, baseMs: number, nowMs: number): string {
  if (Math.abs(timestamp) > 2 ** 53) return 'unbounded'
  for (const hours of [0, 1, -1, 2, -2]) {
    if (Math.abs(timestamp - nowMs - hours * HOUR) < SLACK_MS) {
      return `now${hours === 0 ? '' : ` ${hours} h`}`
    }
  }
  const distance = timestamp - baseMs
  return distance === 0 ? 'base' : `base${distance < 0 ? '' : '+'}${distance}`
}
