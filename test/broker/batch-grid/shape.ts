import type { CompressionType } from '../../../src/record/compression-type.ts'
import { batchBytes, type HeaderShape } from './batch-bytes.ts'
import { recordBytes, type RecordShape } from './record-bytes.ts'
import { stored } from './streams.ts'

/** A batch to be produced in every codec, or in those that it speaks of. */
export interface Shape {
  readonly name: string
  /** `undefined` where there is no such shape in this codec. */
  batch(codec: CompressionType, baseMs: number): Uint8Array | undefined
}

/** What makes a shape: its records or their bytes, and what is not as it should be. */
export interface Draft {
  /** Default {@link threeRecords}. */
  records?: readonly RecordShape[]
  /** Stands in place of the records. */
  content?: Uint8Array
  /** From the content to the payload; default the codec's form of it. */
  payload?: (content: Buffer, codec: CompressionType) => Uint8Array | undefined
  /** With timestamps in milliseconds from the base of the grid. */
  header?: HeaderShape & { baseAt?: number; maxAt?: number }
}

/** Timestamps of 0, 3 and 1 ms behind the base: the largest is neither the first nor the last. */
export const threeRecords: readonly RecordShape[] = [
  { timestampDelta: 0 },
  { timestampDelta: 3 },
  { timestampDelta: 1 },
]

/** A shape whose header says of its records what is true, as far as the draft does not say otherwise. */
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

/** A shape of one codec alone. */
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
