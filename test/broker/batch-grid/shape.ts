import type { CompressionType } from '../../../src/record/compression-type.ts'
import { batchBytes, type HeaderShape } from './batch-bytes.ts'
import { recordBytes, type RecordShape } from './record-bytes.ts'
import { stored } from './streams.ts'

/** A batch that is produced in every codec, or in some. */
export interface Shape {
  readonly name: string
  /** Returns `undefined` if the shape does not exist in this codec. */
  batch(codec: CompressionType, baseMs: number): Uint8Array | undefined
}

/** The definition of a shape: its records or bytes, and its deviations. */
export interface Draft {
  /** Default {@link threeRecords}. */
  records?: readonly RecordShape[]
  /** Replaces the records. */
  content?: Uint8Array
  /** Converts the content to the payload; default: the codec's compression. */
  payload?: (content: Buffer, codec: CompressionType) => Uint8Array | undefined
  /** Timestamps are in milliseconds from the base of the grid. */
  header?: HeaderShape & { baseAt?: number; maxAt?: number }
}

/** Timestamps of 0, 3 and 1 ms after the base: the largest is neither the first nor the last. */
export const threeRecords: readonly RecordShape[] = [
  { timestampDelta: 0 },
  { timestampDelta: 3 },
  { timestampDelta: 1 },
]

/**
 * Returns a shape whose header describes its records correctly, except for the deviations of the
 * draft.
 */
export function shape(name: string, draft: Draft = {}): Shape {
  const { records = threeRecords, payload = (content, codec) => stored(codec, content) } = draft
  const { baseAt = 0, maxAt, ...header } = draft.header ?? {}
  const deltas = records.map(({ timestampDelta = 0 }) =>
    typeof timestampDelta === 'number' ? timestampDelta : 0,
  )
  return {
    name,
    batch(codec, baseMs) {
      const bytes = payload(Buffer.from(draft.content ?? recordBytes(records)), codec)
      if (bytes === undefined) return undefined
      const baseTimestamp = header.baseTimestamp ?? baseMs + baseAt
      return batchBytes(codec, bytes, {
        recordCount: records.length,
        maxTimestamp: maxAt === undefined ? baseTimestamp + Math.max(...deltas) : baseMs + maxAt,
        ...header,
        baseTimestamp,
      })
    },
  }
}

/** Returns a shape of one codec only. */
export function shapeOf(
  codec: CompressionType,
  name: string,
  payload: (content: Buffer) => Uint8Array,
  draft: Draft = {},
): Shape {
  return shape(`${codec}: ${name}`, {
    ...draft,
    payload: (content, of) => (of === codec ? payload(content) : undefined),
  })
}

export const HOUR = 3_600_000
