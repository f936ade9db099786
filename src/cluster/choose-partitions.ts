import { join, resolve } from 'node:path'
import { invalidTopicName } from '../controller/topic-name.ts'
import type { FileSystem } from '../platform/file-system.ts'
import { OdradekError, type OptionNaming } from '../platform/odradek-error.ts'
import { errorCodeOf } from '../platform/system-error.ts'
import { sizeOf } from './file-size.ts'
import {
  findPartitions,
  type FoundPartition,
  isKafkasOwn,
  segmentBytesIn,
  segmentNamesIn,
  unusable,
  whyNoPartition,
} from './find-partitions.ts'
import type { OpenProblem, OpenProblemKind } from './open-problem.ts'

/**
 * Missing partitions below the highest number are also served. This limits how many a directory's
 * name can request.
 */
const MAX_PARTITIONS = 100_000
/** The maximum number of problems in the message when nothing can be served. */
const MAX_REASONS = 5

/** New names of topics, by their names in the directories. */
type Names = Readonly<Record<string, string>>

/** The reason why a topic cannot be served. It may name options. */
type Complaint = (nameOf: OptionNaming) => string

/** Returns the name under which a partition's topic is served. */
export function servedName({ topic }: FoundPartition, names: Names): string {
  return Object.hasOwn(names, topic) ? names[topic]! : topic
}

/**
 * Finds the partitions in the directories and chooses which ones to serve. Of several directories
 * of one partition, such as replicas, it chooses the one whose last segment starts last, or is
 * larger. Topics that cannot be served are left out.
 *
 * @throws OdradekError if a path contains no partitions, if a directory that is given directly
 * cannot be served, or if nothing is left
 */
export function choosePartitions(
  disk: FileSystem,
  paths: readonly string[],
  names: Names,
): { found: readonly FoundPartition[]; problems: OpenProblem[] } {
  if (paths.length === 0) throw unusable('No directory is given: name at least one')
  const isRenamed = (topic: string): boolean => Object.hasOwn(names, topic)
  const choice = new Choice(disk, names)
  for (const path of paths.map((each) => resolve(each))) {
    try {
      const { partitions, problems } = findPartitions(disk, path, isRenamed)
      if (partitions.length + problems.length === 0) throw unusable(whyNoPartition(disk, path))
      choice.problems.push(...problems)
      for (const partition of partitions) choice.add(partition)
    } catch (error) {
      if (error instanceof OdradekError || errorCodeOf(error) === undefined) throw error
      const message = `${path}: it cannot be read and is not served: ${(error as Error).message}.`
      choice.problems.push({ kind: 'unreadable', path, bytesNotServed: 0, message })
    }
  }
  if (choice.found.length > 0) return choice
  const reasons = choice.problems.slice(0, MAX_REASONS).map(({ message }) => message)
  throw unusable(`No partition can be served. ${reasons.join(' ')}`)
}

class Choice {
  readonly found: FoundPartition[] = []
  readonly problems: OpenProblem[] = []
  readonly #disk: FileSystem
  readonly #names: Names
  readonly #byName = new Map<string, FoundPartition>()

  constructor(disk: FileSystem, names: Names) {
    this.#disk = disk
    this.#names = names
    for (const name of Object.values(names)) {
      const complaint = complaintAbout(name)
      if (complaint !== undefined) throw invalidTopic(name, complaint)
    }
  }

  add(one: FoundPartition): void {
    const { partition, directory, isNamed } = one
    const name = servedName(one, this.#names)
    const complaint = complaintAbout(name)
    if (complaint !== undefined) {
      if (isNamed) throw invalidTopic(name, complaint)
      this.#refuse(one, 'invalidName', complaint(bothNames))
      return
    }
    if (partition >= MAX_PARTITIONS) {
      const reason = `it would be partition ${partition} of ${name}, but at most ${MAX_PARTITIONS} partitions are served: rename the directory`
      this.#refuse(one, 'invalidName', reason)
      return
    }
    const key = `${name}-${partition}`
    const same = this.#byName.get(key)
    if (same === undefined) {
      this.#byName.set(key, one)
      this.found.push(one)
      return
    }
    if (isNamed && same.isNamed) {
      throw unusable(
        `Partition ${partition} of ${name} is given twice: ${same.directory} and ${directory}`,
      )
    }
    const [served, other] = endsAfter(this.#disk, one, same) ? [one, same] : [same, one]
    this.#byName.set(key, served)
    this.found[this.found.indexOf(same)] = served
    const reason = `partition ${partition} of ${name} is served from ${served.directory}. To serve this one, open it alone`
    this.#refuse(other, 'duplicatePartition', reason)
  }

  #refuse(one: FoundPartition, kind: OpenProblemKind, reason: string): void {
    const { partition, directory } = one
    this.problems.push({
      kind,
      path: directory,
      topic: servedName(one, this.#names),
      partition,
      bytesNotServed: segmentBytesIn(this.#disk, directory),
      message: `${directory}: it is not served, because ${reason}.`,
    })
  }
}

/**
 * Whether the last segment of one directory starts after that of the other, or starts at the same
 * offset and is larger.
 */
function endsAfter(disk: FileSystem, one: FoundPartition, other: FoundPartition): boolean {
  const [a, b] = [lastSegment(disk, one), lastSegment(disk, other)]
  return a.name === b.name ? a.sizeInBytes > b.sizeInBytes : a.name > b.name
}

function lastSegment(disk: FileSystem, { directory }: FoundPartition) {
  const name = segmentNamesIn(disk, directory).at(-1) ?? ''
  return { name, sizeInBytes: sizeOf(disk, join(directory, name)) }
}

function complaintAbout(name: string): Complaint | undefined {
  if (isKafkasOwn(name)) {
    return (nameOf) =>
      `it is an internal topic of Kafka. Open it under another name (${nameOf('names')})`
  }
  const complaint = invalidTopicName(name)
  return complaint === undefined ? undefined : () => complaint
}

function invalidTopic(name: string, complaint: Complaint): OdradekError {
  return new OdradekError(
    'INVALID_TOPIC',
    (nameOf) => `Cannot open topic '${name}': ${complaint(nameOf)}`,
  )
}

/** Names the option in messages that are read on the command line and in JavaScript. */
function bothNames(option: string): string {
  return option === 'names' ? 'names, or --topic' : option
}
