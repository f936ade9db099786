import { Fetch, ListOffsets, OffsetForLeaderEpoch } from '../../../src/protocol/messages/index.ts'
import { batchSizeAt, BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { type RawClient, NO_TOPIC_ID, retry } from './raw-client.ts'

/**
 * A record and its position, as a consumer sees it. Bytes are in hex, to be compared and printed.
 */
export interface SeenRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** All responses of a broker about the content of a partition. */
export interface PartitionAnswers {
  readonly earliest: number
  readonly latest: number
  readonly lastStable: number
  readonly maxTimestamp: string
  /** Every batch with its bytes, from the log start offset on. */
  readonly batches: readonly string[]
  /**
   * The offsets of records that a read_committed consumer gets, without control records and aborted
   * ones.
   */
  readonly committedOffsets: readonly number[]
  /** `producerId firstOffset` */
  readonly abortedTransactions: readonly string[]
  /** The base offset of the first batch in a fetch from each offset. */
  readonly found: Readonly<Record<number, number>>
  /** `timestamp → offset, timestamp, epoch` */
  readonly timestamps: Readonly<Record<number, string>>
  /** `epoch → epoch, end offset` */
  readonly epochs: Readonly<Record<number, string>>
}

/** The number of offsets, and of timestamps, that are requested. */
const SAMPLES = 150

/** Sends a broker all requests about a partition whose responses depend on its files. */
export async function askAll(
  client: RawClient,
  topic: string,
  partition: number,
): Promise<PartitionAnswers> {
  const asker = new Asker(client, topic, partition)
  const earliest = await asker.offsetAt(-2)
  const { batches } = await asker.readAll(earliest.offset, 0)
  const views = batches.map((bytes) => new BatchView(bytes))
  const committed = await asker.readAll(earliest.offset, 1)
  const timestamps = sample(
    [...new Set(views.flatMap((view) => [view.baseTimestamp, view.maxTimestamp]))].sort(
      (a, b) => a - b,
    ),
  )
    .flatMap((timestamp) => [timestamp - 1, timestamp, timestamp + 1])
    .filter((timestamp) => timestamp >= 0)
  const offsets = sample(views).flatMap(({ baseOffset, lastOffset }) => [
    Math.max(baseOffset, earliest.offset),
    lastOffset,
  ])
  const lastEpoch = Math.max(...views.map((view) => view.partitionLeaderEpoch))
  const epochs = Array.from({ length: lastEpoch + 1 }, (_, epoch) => epoch)
  return {
    earliest: earliest.offset,
    // With the epoch of the current leader, which does not depend on the files.
    latest: (await asker.offsetAt(-1)).offset,
    lastStable: (await asker.offsetAt(-1, 1)).offset,
    maxTimestamp: text(await asker.offsetAt(-3)),
    batches: batches.map((bytes) => Buffer.from(bytes).toString('hex')),
    committedOffsets: committedOffsets(committed, earliest.offset),
    abortedTransactions: [...new Set(committed.aborted.map(abortedText))].sort(),
    found: await tabulate(offsets, async (offset) => {
      const { batches: found } = await asker.fetch(offset, 0, 1)
      return new BatchView(found[0]!).baseOffset
    }),
    timestamps: await tabulate(timestamps, async (timestamp) =>
      text(await asker.offsetAt(timestamp)),
    ),
    epochs: await tabulate(epochs, (epoch) => asker.endOfEpoch(epoch)),
  }
}

/** Returns the bytes of every batch of a partition, from the log start offset on. */
export async function readBatches(
  client: RawClient,
  topic: string,
  partition: number,
): Promise<readonly Uint8Array[]> {
  const asker = new Asker(client, topic, partition)
  const { offset } = await asker.offsetAt(-2)
  return (await asker.readAll(offset, 0)).batches
}

/** Returns the records of a partition's batches, without control batches. */
export function recordsSeen(answers: PartitionAnswers): SeenRecord[] {
  return answers.batches
    .map((hex) => new BatchView(Buffer.from(hex, 'hex')))
    .filter((batch) => !batch.isControl)
    .flatMap((batch) =>
      [...recordsOf(batch)].map(({ offset, timestamp, key, value, headers }) => ({
        offset,
        timestamp,
        key: hexOf(key),
        value: hexOf(value),
        headers: headers.map((header) => [header.key, hexOf(header.value)] as const),
      })),
    )
}

interface Aborted {
  readonly producerId: number
  readonly firstOffset: number
}

interface Fetched {
  readonly batches: readonly Uint8Array[]
  readonly aborted: readonly Aborted[]
}

interface Found {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

class Asker {
  readonly #client: RawClient
  readonly #topic: string
  readonly #partition: number

  constructor(client: RawClient, topic: string, partition: number) {
    this.#client = client
    this.#topic = topic
    this.#partition = partition
  }

  offsetAt(timestamp: number, isolationLevel = 0): Promise<Found> {
    const partitions = [{ partitionIndex: this.#partition, timestamp }]
    return retry(`ListOffsets at ${timestamp}`, async () => {
      const { topics } = await this.#client.connection.call(ListOffsets, 7, {
        replicaId: -1,
        isolationLevel,
        timeoutMs: 0,
        topics: [{ name: this.#topic, partitions }],
      })
      const { errorCode, ...result } = topics[0]!.partitions[0]!
      return { errorCode, result }
    })
  }

  async endOfEpoch(leaderEpoch: number): Promise<string> {
    const partitions = [{ partition: this.#partition, leaderEpoch }]
    const { topics } = await this.#client.connection.call(OffsetForLeaderEpoch, 4, {
      replicaId: -1,
      topics: [{ topic: this.#topic, partitions }],
    })
    const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!
    return `${errorCode}: ${epoch}, ${endOffset}`
  }

  /** Returns whole batches from an offset on. Brokers may cut the last one. */
  async fetch(fetchOffset: number, isolationLevel: number, maxBytes: number): Promise<Fetched> {
    const partition = { partition: this.#partition, fetchOffset, partitionMaxBytes: maxBytes }
    const { responses } = await this.#client.connection.call(Fetch, 11, {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel,
      topics: [{ topic: this.#topic, topicId: NO_TOPIC_ID, partitions: [partition] }],
      forgottenTopicsData: [],
    })
    const { errorCode, records, abortedTransactions } = responses[0]!.partitions[0]!
    if (errorCode !== 0) throw new Error(`Fetch from ${fetchOffset}: ${errorCode}`)
    const bytes = records ?? new Uint8Array()
    const batches: Uint8Array[] = []
    for (let at = 0, size; (size = batchSizeAt(bytes, at)) > 0; at += size) {
      batches.push(bytes.subarray(at, at + size))
    }
    return { batches, aborted: abortedTransactions ?? [] }
  }

  async readAll(from: number, isolationLevel: number): Promise<Fetched> {
    const batches: Uint8Array[] = []
    const aborted: Aborted[] = []
    for (let offset = from; ;) {
      const fetched = await this.fetch(offset, isolationLevel, 1 << 20)
      if (fetched.batches.length === 0) return { batches, aborted }
      batches.push(...fetched.batches)
      aborted.push(...fetched.aborted)
      offset = new BatchView(batches.at(-1)!).nextOffset
    }
  }
}

/**
 * As consumers do: drops the records of an aborted producer from the first offset of its
 * transaction to its marker.
 */
function committedOffsets({ batches, aborted }: Fetched, from: number): number[] {
  const unique = new Map(aborted.map((one) => [abortedText(one), one]))
  const upcoming = [...unique.values()].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<number>()
  const offsets: number[] = []
  for (const bytes of batches) {
    const batch = new BatchView(bytes)
    while (upcoming.length > 0 && upcoming[0]!.firstOffset <= batch.lastOffset) {
      aborting.add(upcoming.shift()!.producerId)
    }
    if (batch.isControl) aborting.delete(batch.producerId)
    else if (!batch.isTransactional || !aborting.has(batch.producerId)) {
      offsets.push(...[...recordsOf(batch)].map(({ offset }) => offset))
    }
  }
  return offsets.filter((offset) => offset >= from)
}

function sample<T>(all: readonly T[]): readonly T[] {
  const step = Math.max(1, Math.floor(all.length / SAMPLES))
  return all.filter((_, index) => index % step === 0 || index === all.length - 1)
}

async function tabulate<T>(
  keys: readonly number[],
  valueOf: (key: number) => Promise<T>,
): Promise<Record<number, T>> {
  const values = await Promise.all(keys.map((key) => valueOf(key)))
  return Object.fromEntries(keys.map((key, index) => [key, values[index]!]))
}

function text({ offset, timestamp, leaderEpoch }: Found): string {
  return `${offset}, ${timestamp}, epoch ${leaderEpoch}`
}

function abortedText({ producerId, firstOffset }: Aborted): string {
  return `${producerId} ${firstOffset}`
}

function hexOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}
