import type { Produce } from '../../../src/protocol/messages/index.ts'
import type { ResponseOf } from '../../../src/protocol/schema/index.ts'
import * as layout from '../../../src/record/batch-layout.ts'
import { BatchView, batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { HOUR } from './shape.ts'

/** A broker's responses about one batch. Times are relative, see {@link relativeTimes}. */
export interface Answer {
  /**
   * Error code, base offset, log append time and log start offset; `closed` if the Produce closed
   * the connection.
   */
  produced: string
  message?: string
  recordErrors?: readonly string[]
  /** The header of the batch that a consumer gets. */
  stored?: string
  /** The content that a consumer reads, or `as sent` if it is the sent bytes after the header. */
  content?: string
  /** The results of ListOffsets for the largest timestamp and for the end: `offset@timestamp`. */
  found?: string
}

type PartitionResponse = ResponseOf<
  typeof Produce
>['responses'][number]['partitionResponses'][number]

/** Returns the response to the Produce of a batch. */
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

/** Returns what a consumer reads of the first batch of a partition. */
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

/** Returns the first ten records. */
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

/**
 * Replaces every time in a text by its distance to the grid's base or to the time of the request.
 */
export type RelativeTimes = (text: string) => string

/** The distance from the base of a grid's timestamps to the time of its appends. */
export const BASE_BEFORE_NOW_MS = 600_000

/** Half of the time that the requests of the grid may take. */
const SLACK_MS = 300_000

/**
 * Returns the replacement for a grid.
 *
 * @param baseMs the base of the grid's timestamps
 */
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
