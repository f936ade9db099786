import type { Log } from '../../log/log.ts'
import type { AbortedTransaction, ReadIsolation } from '../../log/log-types.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { allocateFresh, type Allocate } from '../../log/segment/read-batches.ts'
import { FetchedBatches } from './fetched-batches.ts'

/**
 * The size of the first piece that is read, enough for 500 records of 100 bytes. Each piece is
 * twice as large as the one before.
 */
const FIRST_PIECE_BYTES = 64 * 1024

/** The records to read for one partition. */
export interface ReadRequest {
  readonly fetchOffset: number
  readonly maxBytes: number
  readonly isolation: ReadIsolation
  /** Whether a first batch that exceeds `maxBytes` is returned. */
  readonly minOneMessage: boolean
  /** The last offset that can be acquired. */
  readonly lastOffset: number
  readonly allocate: Allocate
}

/** Records that can be acquired. */
export interface ReadForAcquire {
  readonly fetched: FetchedBatches
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly sizeInBytes: number
  /** The number of bytes that the log has for the request, up to its maximum. */
  readonly availableBytes: number
}

/**
 * Reads batches for an acquisition. A member sends a limit of records, but the limit of bytes is
 * 50 MB by default. Kafka maps the file and looks only at the headers; here the log is read in
 * pieces until all records that can be acquired are there.
 */
export function readForAcquire(log: Log, request: ReadRequest): ReadForAcquire | ApiError {
  const { fetchOffset, maxBytes, isolation, lastOffset } = request
  const allocate: Allocate = (size) => request.allocate(size) ?? allocateFresh(size)
  const fetched = new FetchedBatches()
  const aborted: AbortedTransaction[] = []
  const limit = log.limitOf(isolation)
  let next = fetchOffset
  let used = 0
  let pieceBytes = FIRST_PIECE_BYTES
  do {
    const room = maxBytes - used
    const minOneMessage = request.minOneMessage && used === 0
    const read = log.read(next, Math.min(room, pieceBytes), isolation, minOneMessage, allocate)
    if (read instanceof ApiError) {
      if (used === 0) return read
      break
    }
    if (read.sizeInBytes === 0) {
      // The next batch may be larger than a piece.
      if (pieceBytes >= room) break
      pieceBytes = room
      continue
    }
    fetched.add(read.slices)
    aborted.push(...(read.abortedTransactions ?? []))
    used += read.sizeInBytes
    next = fetched.last!.nextOffset
    pieceBytes *= 2
  } while (next <= lastOffset && next < limit && used < maxBytes)
  return {
    fetched,
    abortedTransactions: isolation === 'lastStableOffset' ? aborted : null,
    sizeInBytes: used,
    availableBytes: next < limit ? Math.max(maxBytes, used) : used,
  }
}
