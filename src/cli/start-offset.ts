import { InvalidArgumentError } from 'commander'
import { EARLIEST, LATEST } from '../client/cluster-client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { TopicPartition } from '../client/topic-partition.ts'

/** Where in a partition something begins. */
export type StartOffset =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | { readonly at: 'offset'; readonly offset: number }
  /** So many records before the end. */
  | { readonly at: 'tail'; readonly count: number }
  /** The first record at or after a time, in milliseconds since the epoch; the end when there is none. */
  | { readonly at: 'timestamp'; readonly timestamp: number }

/** Reads `beginning`, `end`, an offset, `-count` from the end, or `s@timestamp`, as kcat's `-o`. */
export function startOffset(text: string): StartOffset {
  if (text === 'beginning' || text === 'earliest') return { at: 'earliest' }
  if (text === 'end' || text === 'latest') return { at: 'latest' }
  if (/^\d+$/.test(text)) return { at: 'offset', offset: Number(text) }
  if (/^-\d+$/.test(text)) return { at: 'tail', count: -Number(text) }
  if (/^s@\d+$/.test(text)) return { at: 'timestamp', timestamp: Number(text.slice(2)) }
  throw new InvalidArgumentError('It must be beginning, end, an offset, -count or s@timestamp.')
}

/** The offsets that a start stands for, in the order of the partitions. */
export async function resolveStart(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  start: StartOffset,
): Promise<number[]> {
  const offsetsAt = (timestamp: number): Promise<number[]> =>
    client.offsets(partitions.map((partition) => ({ ...partition, timestamp })))
  switch (start.at) {
    case 'earliest':
      return offsetsAt(EARLIEST)
    case 'latest':
      return offsetsAt(LATEST)
    case 'offset':
      return partitions.map(() => start.offset)
    case 'tail': {
      const [earliest, latest] = [await offsetsAt(EARLIEST), await offsetsAt(LATEST)]
      return latest.map((offset, i) => Math.max(earliest[i]!, offset - start.count))
    }
    case 'timestamp': {
      const [found, latest] = [await offsetsAt(start.timestamp), await offsetsAt(LATEST)]
      return found.map((offset, i) => (offset < 0 ? latest[i]! : offset))
    }
  }
}
