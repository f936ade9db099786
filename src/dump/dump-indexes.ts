import { SegmentFile } from '../log/log-file-names.ts'
import { int16At, int32At, int64At } from '../record/big-endian.ts'
import type { DumpContext, DumpSteps } from './dump-context.ts'
import { isLeftOver, siblingOf } from './dump-file.ts'
import type { DumpFile } from './dump-file.ts'
import { Heading } from './findings.ts'
import { LogProbe } from './log-probe.ts'
import { OffsetEntries } from './offset-entries.ts'

const TIME_ENTRY_BYTES = 12
const TRANSACTION_ENTRY_BYTES = 34

/** Dumps an `.index` file and compares every entry with the batch that it points at. */
export function* dumpOffsetIndex(context: DumpContext, file: DumpFile): DumpSteps {
  const { fileSystem, output } = context
  const problem = (detail: string): void => context.report(Heading.Problems, detail)
  const entries = new OffsetEntries(fileSystem.readFile(file.path), file.offset!)
  if (entries.strayBytes > 0) problem(`${entries.strayBytes} bytes are no whole entry`)
  if (entries.count === 0) output.words(`${file.path} is empty.`)
  const log = LogProbe.open(fileSystem, siblingOf(file, SegmentFile.Log))
  try {
    for (let index = 0; index < entries.count; index++) {
      const offset = entries.offsetAt(index)
      const position = entries.positionAt(index)
      output.entry('indexEntry', { offset, position })
      yield
      if (offset < file.offset!) problem(`offset ${offset} is below the segment's`)
      if (index > 0 && offset <= entries.offsetAt(index - 1)) {
        problem(`offset ${offset} follows ${entries.offsetAt(index - 1)}`)
      }
      if (index > 0 && position <= entries.positionAt(index - 1)) {
        problem(`position ${position} follows ${entries.positionAt(index - 1)}`)
      }
      if (log === undefined) continue
      const batch = log.at(position)
      if (batch === undefined) problem(`no batch begins at position ${position} (offset ${offset})`)
      else if (batch.lastOffset !== offset) {
        const detail = `Index offset: ${offset}, log offset: ${batch.lastOffset}`
        // Followers before 4.0 wrote the last offset of all batches that they appended at once. A
        // reader can use it too.
        context.report(Heading.Mismatches, detail, offset >= batch.baseOffset)
      }
    }
    if (log === undefined) reportMissingLog(context, file)
  } finally {
    log?.close()
  }
}

/** Dumps a `.timeindex` file. Timestamps must ascend, and each must be the largest of its batch. */
export function* dumpTimeIndex(context: DumpContext, file: DumpFile): DumpSteps {
  const { fileSystem, output } = context
  const bytes = fileSystem.readFile(file.path)
  const indexPath = siblingOf(file, SegmentFile.OffsetIndex)
  const index = fileSystem.exists(indexPath) ? fileSystem.readFile(indexPath) : new Uint8Array(0)
  const offsets = new OffsetEntries(index, file.offset!)
  const log = LogProbe.open(fileSystem, siblingOf(file, SegmentFile.Log))
  const problem = (detail: string): void => context.report(Heading.Problems, detail)
  if (bytes.length % TIME_ENTRY_BYTES > 0) {
    problem(`${bytes.length % TIME_ENTRY_BYTES} bytes are no whole entry`)
  }
  let last = -1
  try {
    for (let at = 0; at + TIME_ENTRY_BYTES <= bytes.length; at += TIME_ENTRY_BYTES) {
      const timestamp = int64At(bytes, at)
      const relative = int32At(bytes, at + 8)
      // The file is created at its full size. Zeros after the entries were never written.
      if (relative === 0 && (at > 0 || timestamp === 0)) break
      const offset = file.offset! + relative
      output.entry('timeIndexEntry', { timestamp, offset })
      yield
      if (timestamp <= last) {
        const detail = `Index timestamp: ${timestamp}, Previously indexed timestamp: ${last}`
        context.report(Heading.TimestampOrder, detail)
      }
      last = timestamp
      if (log !== undefined) checkTime(context, log, offsets, { timestamp, offset })
    }
    if (log === undefined) reportMissingLog(context, file)
  } finally {
    log?.close()
  }
}

/** If a cleaning or deletion was interrupted, the log may already be deleted or renamed. */
function reportMissingLog(context: DumpContext, file: DumpFile): void {
  context.report(Heading.Problems, 'there is no .log file beside it', isLeftOver(file))
}

function checkTime(
  context: DumpContext,
  log: LogProbe,
  offsets: OffsetEntries,
  { timestamp, offset }: { timestamp: number; offset: number },
): void {
  const batch = log.find(offset, offsets.positionBefore(offset))
  if (batch === undefined || batch.baseOffset > offset) {
    const found = batch?.lastOffset ?? -1
    context.report(Heading.NotFound, `Indexed offset: ${offset}, found log offset: ${found}`)
    return
  }
  if (batch.lastOffset !== offset) {
    const detail = `Indexed offset: ${offset}, found log offset: ${batch.lastOffset}`
    // Kafka before 3.9 wrote the offset of the record, at any position in its batch.
    context.report(Heading.NotFound, detail, true)
  }
  if (batch.maxTimestamp !== timestamp) {
    const detail = `Index timestamp: ${timestamp}, log timestamp: ${batch.maxTimestamp}`
    context.report(Heading.TimestampMismatch, detail)
  }
}

/** Dumps a `.txnindex` file: aborted transactions in the order of their markers. */
export function* dumpTransactionIndex(context: DumpContext, file: DumpFile): DumpSteps {
  const { fileSystem, output } = context
  const bytes = fileSystem.readFile(file.path)
  const problem = (detail: string): void => context.report(Heading.Problems, detail)
  const stray = bytes.length % TRANSACTION_ENTRY_BYTES
  if (stray > 0) problem(`${stray} bytes are no whole entry`)
  let last = -1
  for (let at = 0; at + TRANSACTION_ENTRY_BYTES <= bytes.length; at += TRANSACTION_ENTRY_BYTES) {
    const entry = {
      version: int16At(bytes, at),
      producerId: int64At(bytes, at + 2),
      firstOffset: int64At(bytes, at + 10),
      lastOffset: int64At(bytes, at + 18),
      lastStableOffset: int64At(bytes, at + 26),
    }
    output.entry('abortedTransaction', entry)
    yield
    const { version, firstOffset, lastOffset } = entry
    if (version !== 0) problem(`there is no version ${version} of an entry`)
    if (lastOffset <= last) problem(`last offset ${lastOffset} follows ${last}`)
    if (firstOffset > lastOffset) problem(`${firstOffset} to ${lastOffset} is no transaction`)
    last = lastOffset
  }
}
