import { InvalidArgumentError } from 'commander'
import type { KafkaClient } from '../client/kafka-client.ts'
import { OffsetSpec, type IsolationLevel } from '../client/list-offsets.ts'
import type { TopicPartition } from '../client/topic-partition.ts'

/** A place in a partition. */
export type StartOffset =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | { readonly at: 'offset'; readonly offset: number }
  /** `count` records before the end. */
  | { readonly at: 'tail'; readonly count: number }
  /**
   * The first record at or after a time, in milliseconds since the epoch; the end when there is
   * none.
   */
  | { readonly at: 'timestamp'; readonly timestamp: number }

/**
 * Parses `beginning`, `end`, an offset, `-count` from the end, or `s@timestamp`, as kcat's `-o`.
 */
export function startOffset(text: string): StartOffset {
  if (text === 'beginning' || text === 'earliest') return { at: 'earliest' }
  if (text === 'end' || text === 'latest') return { at: 'latest' }
  if (/^\d+$/.test(text)) return { at: 'offset', offset: Number(text) }
  if (/^-\d+$/.test(text)) return { at: 'tail', count: -Number(text) }
  if (/^s@\d+$/.test(text)) return { at: 'timestamp', timestamp: Number(text.slice(2)) }
  throw new InvalidArgumentError('It must be beginning, end, an offset, -count or s@timestamp.')
}

/**
 * Returns the offsets of a start, in the order of the partitions.
 *
 * @param isolationLevel with `read_committed` the end is before open transactions
 */
export async function resolveStart(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  start: StartOffset,
  isolationLevel?: IsolationLevel,
): Promise<number[]> {
  const offsets = (timestamp: number): Promise<number[]> =>
    offsetsAt(client, partitions, timestamp, isolationLevel)
  switch (start.at) {
    case 'earliest':
      return offsets(OffsetSpec.Earliest)
    case 'latest':
      return offsets(OffsetSpec.Latest)
    case 'offset':
      return partitions.map(() => start.offset)
    case 'tail': {
      const [earliest, latest] = [
        await offsets(OffsetSpec.Earliest),
        await offsets(OffsetSpec.Latest),
      ]
      return latest.map((offset, i) => Math.max(earliest[i]!, offset - start.count))
    }
    case 'timestamp': {
      const [found, latest] = [await offsets(start.timestamp), await offsets(OffsetSpec.Latest)]
      return found.map((offset, i) => (offset < 0 ? latest[i]! : offset))
    }
  }
}

/**
 * Returns the offset of each partition at a timestamp or an `OffsetSpec`; -1 where there is none.
 */
export async function offsetsAt(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: IsolationLevel = 'read_uncommitted',
): Promise<number[]> {
  const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
  const found = await client.admin.records.listOffsets(queries, { isolationLevel })
  return found.map(({ offset }) => offset)
}
