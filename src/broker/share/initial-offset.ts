import type { Log } from '../../log/log.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'

const DURATION = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/i

/**
 * Returns the offset at which a share group begins to read a partition (Kafka's
 * `ShareGroupAutoOffsetResetStrategy`).
 *
 * @param reset the value of `share.auto.offset.reset`
 */
export function initialOffset(log: Log, reset: string, nowMs: number): number | ApiError {
  if (reset === 'earliest') return log.logStartOffset
  const duration = DURATION.exec(reset)
  if (duration === null) return log.highWatermark
  const [days, hours, minutes, seconds] = duration.slice(1).map((part) => Number(part ?? 0))
  const durationMs = (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000
  const timestamp = Math.max(0, nowMs - Math.floor(durationMs))
  const found = log.offsetForTimestamp(timestamp, Infinity)
  return found?.offset ?? new ApiError(ErrorCode.OffsetNotAvailable)
}
