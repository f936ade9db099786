import { MAX_RELATIVE_OFFSET } from '../index/offset-index.ts'
import type { LogConfig } from '../log-config.ts'
import type { LogSegment } from '../segment/segment.ts'

const OFFSET_INDEX_ENTRY_BYTES = 8
const TIME_INDEX_ENTRY_BYTES = 12

interface Sizes {
  readonly log: number
  readonly offsetIndex: number
  readonly timeIndex: number
}

const nothing: Sizes = { log: 0, offsetIndex: 0, timeIndex: 0 }

/**
 * Groups adjacent segments that become one (Kafka's `Cleaner.groupSegmentsBySize`): up to
 * `segment.bytes` of records, up to `segment.index.bytes` of index, and with offsets that an index
 * can represent. Uses the sizes before cleaning.
 */
export function groupSegments(
  segments: readonly LogSegment[],
  { segmentBytes, segmentIndexBytes }: LogConfig,
  firstUncleanableOffset: number,
): LogSegment[][] {
  const groups: LogSegment[][] = []
  let group: LogSegment[] = []
  let sizes = nothing
  for (const [index, segment] of segments.entries()) {
    const endOffset = segments[index + 1]?.baseOffset ?? firstUncleanableOffset
    const first = group[0]
    const grown = withSegment(sizes, segment)
    const fits =
      first !== undefined &&
      grown.log <= segmentBytes &&
      grown.offsetIndex <= segmentIndexBytes &&
      grown.timeIndex <= segmentIndexBytes &&
      (segment.sizeInBytes === 0 || endOffset - 1 - first.baseOffset <= MAX_RELATIVE_OFFSET)
    if (fits) {
      group.push(segment)
      sizes = grown
      continue
    }
    group = [segment]
    groups.push(group)
    sizes = withSegment(nothing, segment)
  }
  return groups
}

function withSegment(sizes: Sizes, { sizeInBytes, offsetIndex, timeIndex }: LogSegment): Sizes {
  return {
    log: sizes.log + sizeInBytes,
    offsetIndex: sizes.offsetIndex + offsetIndex.entryCount * OFFSET_INDEX_ENTRY_BYTES,
    timeIndex: sizes.timeIndex + timeIndex.entryCount * TIME_INDEX_ENTRY_BYTES,
  }
}
