import { batchSizeAt } from '../record/batch-view.ts'

/**
 * Where to end so that `bytes` from `start` on are whole batches, none of them beyond `limit`, and together not more than `maxBytes`;
 * but with `isOneNeeded` at least the first one, if it ends within `limit` (KIP-74).
 */
export function wholeBatchesEnd(
  bytes: Uint8Array,
  start: number,
  limit: number,
  maxBytes: number,
  isOneNeeded: boolean,
): number {
  if (limit <= start) return start
  let end = start
  for (let size; (size = batchSizeAt(bytes, end, limit)) > 0; end += size) {
    const isTooMuch = end + size - start > maxBytes
    if (isTooMuch && !(isOneNeeded && end === start)) break
  }
  return end
}
