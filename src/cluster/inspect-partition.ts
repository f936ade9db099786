import { join } from 'node:path'
import {
  indexFiles,
  offsetOfFileName,
  SegmentFile,
  segmentFileName,
} from '../log/log-file-names.ts'
import { FOREIGN_CONTENT_BYTES, foreignContent } from '../log/survey/foreign-content.ts'
import {
  type DamagedStretch,
  type SegmentSurvey,
  type Stretch,
  surveySegment,
} from '../log/survey/segment-survey.ts'
import type { FileHandle, FileSystem } from '../platform/file-system.ts'
import type { DirectoryView } from '../platform/overlay-file-system.ts'
import { errorCodeOf } from '../platform/system-error.ts'
import { sizeOf } from './file-size.ts'
import type { FoundPartition } from './find-partitions.ts'
import { misnamedSegment } from './misplaced-files.ts'
import type { OpenProblem, OpenProblemKind } from './open-problem.ts'

/** How much of the files is checked before they are served. */
export type VerifyDepth = 'tail' | 'batches' | 'records'

export interface InspectionOptions {
  /** Whether valid batches after a damaged one are served. */
  readonly skipCorruptBatches: boolean
  readonly verify: VerifyDepth
  /** Whether all files were written when the broker stopped. */
  readonly isClean: boolean
}

/** The files of a partition's directory, and which of them are served. */
export interface PartitionInspection {
  /** False if the directory cannot be read. */
  readonly isListed: boolean
  readonly view: DirectoryView
  readonly problems: readonly OpenProblem[]
}

const UNCHANGED = 'The files are unchanged.'

/**
 * Checks the files of a partition before its log is opened, and decides which parts are served. A
 * segment that Kafka would recover at a start ends before its first damaged batch, and so does the
 * log. Other segments are served unchanged. With `skipCorruptBatches`, exactly the valid batches
 * are served.
 *
 * @param topic the name under which the topic is served
 */
export function inspectPartition(
  disk: FileSystem,
  found: FoundPartition,
  topic: string,
  options: InspectionOptions,
): PartitionInspection {
  return new Inspector(disk, found, topic, options).inspect()
}

/** A readable `.log` file. */
interface Segment {
  readonly name: string
  readonly path: string
  readonly baseOffset: number
  readonly nextBaseOffset: number
  readonly isLast: boolean
}

class Inspector {
  readonly #disk: FileSystem
  readonly #found: FoundPartition
  readonly #topic: string
  readonly #options: InspectionOptions
  readonly #hidden = new Set<string>()
  readonly #spliced = new Map<string, readonly Stretch[]>()
  readonly #problems: OpenProblem[] = []

  constructor(disk: FileSystem, found: FoundPartition, topic: string, options: InspectionOptions) {
    this.#disk = disk
    this.#found = found
    this.#topic = topic
    this.#options = options
  }

  inspect(): PartitionInspection {
    const names = this.#list()
    if (names === undefined) return this.#result(false)
    const readable = names.filter((name) => this.#isReadable(name))
    for (const name of readable) this.#checkName(name)
    const segments = segmentsOf(this.#found.directory, readable)
    if (segments.length === 0 && this.#problems.length === 0) {
      this.#report('noSegment', this.#found.directory, {
        message: 'it contains no segment, so the partition is served empty',
      })
    }
    const surveys = this.#survey(segments)
    this.#reportHoles(segments, surveys)
    return this.#result(true)
  }

  #result(isListed: boolean): PartitionInspection {
    const view = { hidden: this.#hidden, spliced: this.#spliced }
    return { isListed, view, problems: this.#problems }
  }

  #list(): string[] | undefined {
    try {
      return this.#disk.list(this.#found.directory)
    } catch (error) {
      this.#reportUnreadable(this.#found.directory, error)
      return undefined
    }
  }

  /** A file that cannot be opened is hidden: otherwise the log would take its directory offline. */
  #isReadable(name: string): boolean {
    const path = join(this.#found.directory, name)
    try {
      if (!this.#disk.isDirectory(path)) {
        this.#disk.open(path, { readOnly: true }).close()
        return true
      }
      if (offsetOfFileName(name, SegmentFile.Log) !== undefined) {
        this.#reportUnreadable(path, new Error('it is a directory'))
      }
    } catch (error) {
      this.#leaveOut(name, error)
    }
    return false
  }

  #leaveOut(name: string, error: unknown): void {
    const offset = offsetOfFileName(name, SegmentFile.Log)
    this.#hidden.add(name)
    if (offset !== undefined) this.#hideIndexes(offset)
    this.#reportUnreadable(join(this.#found.directory, name), error)
  }

  #checkName(name: string): void {
    const reason = misnamedSegment(name)
    if (reason === undefined) return
    const path = join(this.#found.directory, name)
    this.#report('wrongFileName', path, {
      bytesNotServed: sizeOf(this.#disk, path),
      message: `it is not served: ${reason}`,
    })
  }

  /** Checks the segments in order, and decides which parts of each are visible. */
  #survey(segments: readonly Segment[]): (SegmentSurvey | undefined)[] {
    let cutBy: Segment | undefined
    return segments.map((segment) => {
      if (cutBy !== undefined) {
        this.#hideAfter(cutBy, segment)
        return undefined
      }
      const survey = this.#attemptSurvey(segment)
      if (survey === undefined || survey.damaged.length === 0) return survey
      if (this.#showSound(segment, survey)) cutBy = segment
      return survey
    })
  }

  #attemptSurvey(segment: Segment): SegmentSurvey | undefined {
    let file: FileHandle | undefined
    try {
      file = this.#disk.open(segment.path, { readOnly: true })
      if (!this.#isSurveyed(segment, file)) return undefined
      const areRecordsRead = this.#options.verify === 'records'
      return surveySegment(file, { ...segment, areRecordsRead })
    } catch (error) {
      if (errorCodeOf(error) === undefined) throw error
      this.#leaveOut(segment.name, error)
      return undefined
    } finally {
      file?.close()
    }
  }

  /** Whether every batch is checked. Otherwise only the start of the file is checked. */
  #isSurveyed(segment: Segment, file: FileHandle): boolean {
    if (this.#options.verify !== 'tail' || this.#isRecovered(segment)) return true
    const start = Buffer.alloc(FOREIGN_CONTENT_BYTES)
    const count = file.read(start, 0)
    return foreignContent(start.subarray(0, count)) !== undefined
  }

  /** Whether Kafka would check the segment at a start (see `log-loader.ts`). */
  #isRecovered({ nextBaseOffset, baseOffset, isLast }: Segment): boolean {
    const { isClean } = this.#options
    const recoveryPoint = this.#found.recoveryPoint ?? (isLast ? baseOffset : Infinity)
    return !isClean && nextBaseOffset > recoveryPoint
  }

  /** Returns true if the log ends with this segment although other segments follow. */
  #showSound(segment: Segment, { sizeInBytes, sound, damaged }: SegmentSurvey): boolean {
    const first = damaged[0]!
    if (this.#options.skipCorruptBatches || first.damage === 'notALog') {
      this.#splice(segment, sound)
      for (const stretch of damaged) this.#reportSkipped(segment, stretch)
      return false
    }
    const isRecovered = this.#isRecovered(segment)
    if (isRecovered || (segment.isLast && !first.isHeaderSound)) {
      this.#splice(segment, before(sound, first.position))
      this.#reportCut(segment, first, sizeInBytes - first.position)
      return isRecovered
    }
    for (const stretch of damaged) this.#reportStuck(segment, stretch)
    return false
  }

  #splice({ name, baseOffset }: Segment, parts: readonly Stretch[]): void {
    this.#spliced.set(name, parts)
    this.#hideIndexes(baseOffset)
  }

  #hideIndexes(baseOffset: number): void {
    for (const kind of indexFiles) this.#hidden.add(segmentFileName(baseOffset, kind))
  }

  #hideAfter(cut: Segment, segment: Segment): void {
    this.#hidden.add(segment.name)
    this.#hideIndexes(segment.baseOffset)
    this.#report('afterDamage', segment.path, {
      offset: segment.baseOffset,
      bytesNotServed: sizeOf(this.#disk, segment.path),
      message: `it is not served, because the log ends within ${cut.name}, as when Kafka starts. ${advice}`,
    })
  }

  #reportSkipped({ path, nextBaseOffset }: Segment, stretch: DamagedStretch): void {
    const next = stretch.nextOffset ?? nextBaseOffset
    const goesOn = next === Infinity ? 'the log ends there' : `consumers continue at offset ${next}`
    const { sizeInBytes } = stretch
    this.#reportStretch(
      path,
      stretch,
      sizeInBytes,
      `${sizeInBytes} bytes are skipped, and ${goesOn}.`,
    )
  }

  #reportCut({ path }: Segment, stretch: DamagedStretch, bytes: number): void {
    const { offset, nextOffset } = stretch
    const found = nextOffset === undefined ? '' : ` ${advice}`
    this.#reportStretch(
      path,
      stretch,
      bytes,
      `${bytes} bytes from there on are not served, and the log ends at offset ${offset}.${found}`,
    )
  }

  #reportStuck({ path }: Segment, stretch: DamagedStretch): void {
    const { sizeInBytes, offset, isHeaderSound } = stretch
    const consequence = isHeaderSound
      ? `The batch of ${sizeInBytes} bytes is served unchanged, and clients that check it stop there.`
      : `Consumers stop at offset ${offset}, where ${sizeInBytes} bytes cannot be read.`
    this.#reportStretch(path, stretch, sizeInBytes, `${consequence} ${advice}`)
  }

  #reportStretch(
    path: string,
    { damage, reason, position, offset, nextOffset }: DamagedStretch,
    bytesNotServed: number,
    consequence: string,
  ): void {
    const message = `at position ${position}, offset ${offset}: ${reason}. ${consequence}`
    this.#report(damage, path, { position, offset, nextOffset, bytesNotServed, message })
  }

  /** Compaction also leaves gaps between segments, but then there are gaps within segments, too. */
  #reportHoles(
    segments: readonly Segment[],
    surveys: readonly (SegmentSurvey | undefined)[],
  ): void {
    if (this.#found.isCompacted) return
    if (surveys.some((survey) => survey === undefined || survey.hasGaps)) return
    for (const [index, segment] of segments.entries()) {
      const { firstOffset, nextOffset, damaged } = surveys[index]!
      const { nextBaseOffset, isLast, path } = segment
      if (isLast || damaged.length > 0 || nextOffset >= nextBaseOffset) continue
      if (firstOffset === undefined) return
      this.#report('missingOffsets', path, {
        offset: nextOffset,
        nextOffset: nextBaseOffset,
        message: `the segment ends before offset ${nextOffset}, and the next one starts at ${nextBaseOffset}. The segment between them is missing, unless compaction emptied it.`,
      })
    }
  }

  #reportUnreadable(path: string, error: unknown): void {
    this.#report('unreadable', path, {
      bytesNotServed: sizeOf(this.#disk, path),
      message: `it cannot be read and is not served: ${(error as Error).message}.`,
    })
  }

  #report(
    kind: OpenProblemKind,
    path: string,
    problem: Partial<OpenProblem> & { message: string },
  ): void {
    const { partition } = this.#found
    const message = `${path}: ${problem.message.replace(/(?<!\.)$/, '.')} ${UNCHANGED}`
    this.#problems.push({
      kind,
      path,
      topic: this.#topic,
      partition,
      bytesNotServed: 0,
      ...problem,
      message,
    })
  }
}

const advice = 'With skipCorruptBatches (--skip-corrupt) the valid batches after it are served.'

function segmentsOf(directory: string, names: readonly string[]): Segment[] {
  const offsets = names
    .map((name) => offsetOfFileName(name, SegmentFile.Log))
    .filter((offset) => offset !== undefined)
    .sort((a, b) => a - b)
  return offsets.map((baseOffset, index) => {
    const name = segmentFileName(baseOffset, SegmentFile.Log)
    const isLast = index === offsets.length - 1
    const nextBaseOffset = offsets[index + 1] ?? Infinity
    return { name, path: join(directory, name), baseOffset, nextBaseOffset, isLast }
  })
}

/** Returns the part of the ranges below a position. */
function before(stretches: readonly Stretch[], position: number): Stretch[] {
  return stretches.filter((stretch) => stretch.position < position)
}
