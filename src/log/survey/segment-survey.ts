import { MAX_RELATIVE_OFFSET } from '../index/offset-index.ts'
import type { FileHandle } from '../../platform/file-system.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { recordsOf } from '../../record/records.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import { findNextBatch } from './find-next-batch.ts'
import {
  describeForeignContent,
  FOREIGN_CONTENT_BYTES,
  foreignContent,
  isZeroFilled,
} from './foreign-content.ts'

const ZEROS_BYTES = 64 * 1024

/** A part of a file. */
export interface Stretch {
  readonly position: number
  readonly sizeInBytes: number
}

/**
 * The damage of a part: no batch, or one with a wrong checksum or wrong records; the beginning of a
 * batch at the end of the file; zeros up to the end of the file; batches with offsets that do not
 * belong there; or a file with other content.
 */
export type Damage = 'corruptBatch' | 'tornBatch' | 'zeroFilled' | 'wrongOffset' | 'notALog'

/** A part without usable batches. */
export interface DamagedStretch extends Stretch {
  readonly damage: Damage
  /** A description for people. */
  readonly reason: string
  /** The expected offset. */
  readonly offset: number
  /** The base offset of the next batch; undefined if there is none. */
  readonly nextOffset: number | undefined
  /** Whether the part is one batch whose header leads to the next one. */
  readonly isHeaderSound: boolean
}

/** The content of a segment's file. */
export interface SegmentSurvey {
  readonly sizeInBytes: number
  /** Valid batches; adjacent ones are one part. */
  readonly sound: readonly Stretch[]
  readonly damaged: readonly DamagedStretch[]
  /** The first offset of the valid batches. */
  readonly firstOffset: number | undefined
  /** The offset after the last valid batch. */
  readonly nextOffset: number
  /** Whether offsets are missing before or between the valid batches, as after compaction. */
  readonly hasGaps: boolean
}

export interface SurveyOptions {
  readonly baseOffset: number
  /** The base offset of the next segment; `Infinity` if there is none. */
  readonly nextBaseOffset: number
  /** Whether the records are checked too, after decompression. */
  readonly areRecordsRead: boolean
}

/**
 * Checks every batch of a segment's file: header, checksum, offsets. Continues after a damaged
 * batch with the next valid one.
 */
export function surveySegment(
  file: Pick<FileHandle, 'read' | 'size'>,
  options: SurveyOptions,
): SegmentSurvey {
  return new Surveyor(file, options).survey()
}

/** The reason why a batch is not used. */
interface Complaint {
  readonly damage: Damage
  readonly reason: string
}

class Surveyor {
  readonly #file: Pick<FileHandle, 'read' | 'size'>
  readonly #options: SurveyOptions
  readonly #sizeInBytes: number
  readonly #sound: Stretch[] = []
  readonly #damaged: DamagedStretch[] = []
  #position = 0
  #nextOffset: number
  #firstOffset: number | undefined
  #hasGaps = false
  #hasMagic2 = false
  /** The state before the last valid batch. */
  #before = { position: 0, nextOffset: 0 }

  constructor(file: Pick<FileHandle, 'read' | 'size'>, options: SurveyOptions) {
    this.#file = file
    this.#options = options
    this.#sizeInBytes = file.size()
    this.#nextOffset = options.baseOffset
  }

  survey(): SegmentSurvey {
    while (this.#position < this.#sizeInBytes) {
      const start = this.#position
      const complaint = this.#walk()
      if (this.#position > start) this.#addSound(start, this.#position)
      if (complaint !== undefined) this.#passOver(complaint)
    }
    return {
      sizeInBytes: this.#sizeInBytes,
      sound: this.#sound,
      damaged: this.#damaged,
      firstOffset: this.#firstOffset,
      nextOffset: this.#nextOffset,
      hasGaps: this.#hasGaps,
    }
  }

  /** Reads valid batches. Returns the reason why the next one is not valid. */
  #walk(): Complaint | undefined {
    const scanner = new BatchScanner(this.#file, this.#position, this.#sizeInBytes)
    try {
      while (scanner.next()) {
        const { batch, sizeInBytes } = scanner
        const complaint = this.#complaintAbout(batch)
        if (complaint !== undefined) return complaint
        this.#take(batch, sizeInBytes)
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      return { damage: 'corruptBatch', reason: error.message }
    } finally {
      scanner.close()
    }
    if (this.#position === this.#sizeInBytes) return undefined
    return { damage: 'tornBatch', reason: 'the last batch is not there whole' }
  }

  #take({ baseOffset, nextOffset, magic }: BatchView, sizeInBytes: number): void {
    this.#before = { position: this.#position, nextOffset: this.#nextOffset }
    if (magic === 2 && baseOffset > this.#nextOffset) this.#hasGaps = true
    this.#firstOffset ??= baseOffset
    this.#hasMagic2 ||= magic === 2
    this.#nextOffset = nextOffset
    this.#position += sizeInBytes
  }

  #complaintAbout(batch: BatchView): Complaint | undefined {
    const { baseOffset, lastOffset } = batch
    const { nextBaseOffset, areRecordsRead } = this.#options
    const segment = this.#options.baseOffset
    if (!batch.isChecksumValid) {
      return { damage: 'corruptBatch', reason: 'the checksum of the batch is wrong' }
    }
    const wrongOffset = (reason: string): Complaint => ({ damage: 'wrongOffset', reason })
    if (baseOffset < segment) {
      return wrongOffset(
        `the batch has offset ${baseOffset}, below the ${segment} of the file's name`,
      )
    }
    if (baseOffset < this.#nextOffset) {
      return wrongOffset(`the batch has offset ${baseOffset} after ${this.#nextOffset - 1}`)
    }
    if (lastOffset < baseOffset || lastOffset - segment > MAX_RELATIVE_OFFSET) {
      return wrongOffset(`the batch has the offsets ${baseOffset} to ${lastOffset}`)
    }
    if (lastOffset >= nextBaseOffset) {
      return wrongOffset(
        `the batch has offset ${lastOffset}, but the next segment begins at ${nextBaseOffset}`,
      )
    }
    return areRecordsRead ? complaintAboutRecords(batch) : undefined
  }

  /** Adds a damaged part, and continues after it. */
  #passOver(complaint: Complaint): void {
    if (complaint.damage === 'wrongOffset') this.#takeBackMisplaced()
    const position = this.#position
    const end = this.#sizeInBytes
    const offset = this.#nextOffset
    const next = this.#afterDamage(position, complaint)
    const until = next?.position ?? end
    const stretch = { position, sizeInBytes: until - position, offset, nextOffset: next?.offset }
    const isHeaderSound = next?.isHeaderSound ?? false
    this.#damaged.push({ ...stretch, isHeaderSound, ...this.#name(complaint, stretch) })
    this.#position = until
  }

  /** Returns the position of the next valid batch. */
  #afterDamage(
    position: number,
    { damage }: Complaint,
  ): { position: number; offset: number; isHeaderSound: boolean } | undefined {
    const { baseOffset, nextBaseOffset } = this.#options
    const wanted = {
      fromOffset: this.#nextOffset,
      toOffset: Math.min(nextBaseOffset, baseOffset + MAX_RELATIVE_OFFSET + 1),
      allowsLegacy: !this.#hasMagic2,
    }
    const header = damage === 'tornBatch' ? undefined : this.#batchAt(position)
    const end = position + (header?.sizeInBytes ?? 0)
    if (header !== undefined && end === this.#sizeInBytes) return undefined
    if (header !== undefined && end < this.#sizeInBytes) {
      const follower = this.#batchAt(end)
      const isAdjacent = follower?.baseOffset === header.nextOffset || damage === 'wrongOffset'
      if (isAdjacent && findNextBatch(this.#file, end, this.#sizeInBytes, wanted) === end) {
        return { position: end, offset: follower!.baseOffset, isHeaderSound: true }
      }
    }
    const found = findNextBatch(this.#file, position + 1, this.#sizeInBytes, wanted)
    if (found === undefined) return undefined
    return { position: found, offset: this.#batchAt(found)!.baseOffset, isHeaderSound: false }
  }

  /** Returns the header at a position, if one is possible. */
  #batchAt(position: number): BatchView | undefined {
    const scanner = new BatchScanner(this.#file, position, this.#sizeInBytes)
    try {
      return scanner.next() ? scanner.batch : undefined
    } catch (error) {
      if (error instanceof CorruptRecordError) return undefined
      throw error
    } finally {
      scanner.close()
    }
  }

  /**
   * Drops the last valid batch if its offset is too large. The checksum does not cover offsets, so
   * the batch before may be the wrong one.
   */
  #takeBackMisplaced(): void {
    const batch = this.#batchAt(this.#position)
    const last = this.#sound.at(-1)
    const { position, nextOffset } = this.#before
    if (batch === undefined || last === undefined || batch.baseOffset >= this.#nextOffset) return
    if (batch.baseOffset < nextOffset || batch.baseOffset < this.#options.baseOffset) return
    if (position < last.position || position >= last.position + last.sizeInBytes) return
    this.#sound.pop()
    if (position > last.position) {
      this.#sound.push({ position: last.position, sizeInBytes: position - last.position })
    } else if (this.#sound.length === 0) this.#firstOffset = undefined
    this.#position = position
    this.#nextOffset = nextOffset
  }

  /** Describes a part more precisely. */
  #name(complaint: Complaint, { position, sizeInBytes }: Stretch): Complaint {
    const end = position + sizeInBytes
    if (position > 0 && holdsZeros(this.#file, position, end)) {
      if (end < this.#sizeInBytes) return { ...complaint, reason: `${sizeInBytes} bytes are zeros` }
      const reason = `the last ${sizeInBytes} bytes are zeros, as after a power failure or where a file was preallocated`
      return { damage: 'zeroFilled', reason }
    }
    if (complaint.damage === 'tornBatch' && end < this.#sizeInBytes) {
      const reason = 'the size of the batch leads beyond the end of the file'
      return { damage: 'corruptBatch', reason }
    }
    if (sizeInBytes < this.#sizeInBytes || complaint.damage === 'wrongOffset') return complaint
    const start = Buffer.alloc(Math.min(FOREIGN_CONTENT_BYTES, sizeInBytes))
    this.#file.read(start, 0)
    const content = foreignContent(start)
    if (content === undefined) return complaint
    return { damage: 'notALog', reason: describeForeignContent(content) }
  }

  #addSound(from: number, to: number): void {
    const last = this.#sound.at(-1)
    if (last !== undefined && last.position + last.sizeInBytes === from) {
      this.#sound[this.#sound.length - 1] = {
        position: last.position,
        sizeInBytes: to - last.position,
      }
    } else this.#sound.push({ position: from, sizeInBytes: to - from })
  }
}

function complaintAboutRecords(batch: BatchView): Complaint | undefined {
  try {
    let count = 0
    for (const _ of recordsOf(batch)) count++
    if (batch.magic < 2 || count === batch.recordCount) return undefined
    return {
      damage: 'corruptBatch',
      reason: `the batch holds ${count} records, not ${batch.recordCount}`,
    }
  } catch (error) {
    return {
      damage: 'corruptBatch',
      reason: `the records of the batch cannot be read: ${(error as Error).message}`,
    }
  }
}

/** Returns whether a file has only zeros between two positions. */
function holdsZeros(file: Pick<FileHandle, 'read'>, from: number, to: number): boolean {
  const bytes = Buffer.allocUnsafeSlow(Math.min(ZEROS_BYTES, to - from))
  for (let at = from; at < to; at += bytes.length) {
    const count = file.read(bytes.subarray(0, Math.min(bytes.length, to - at)), at)
    if (count === 0 || !isZeroFilled(bytes.subarray(0, count))) return false
  }
  return true
}
