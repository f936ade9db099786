import { MemoryFile } from '../../../src/platform/memory-file.ts'
import type { Random } from '../../../src/platform/random.ts'

/** What a disk writes at once: after a power failure a sector holds one of its contents, never half of one. */
const SECTOR_BYTES = 512

/** Something written and not synced yet: bytes at a position, or a new size, with its place in the journal. */
type Change =
  | { readonly position: number; readonly bytes: Uint8Array }
  | { readonly position: undefined; readonly size: number; readonly count: number }

/** Which changes of names and sizes are on the disk after a power failure: those up to this one, or any where sizes are not journaled. */
export type JournalEnd = number | undefined

/**
 * The content of one file of a {@link CrashableFileSystem}: what was written, what of it is on the disk, and the changes in between.
 */
export class CrashableFile {
  /** The place in the journal of the last change of its size, or of its making. */
  lastSizeChange = 0
  readonly #written = new MemoryFile()
  readonly #durable = new MemoryFile()
  #unsynced: Change[] = []
  #syncedChanges = 0

  get size(): number {
    return this.#written.size
  }

  /** How many writes and cuts there were so far. */
  get changes(): number {
    return this.#syncedChanges + this.#unsynced.length
  }

  write(bytes: Uint8Array, position: number): void {
    this.#apply({ position, bytes: Uint8Array.prototype.slice.call(bytes) })
  }

  read(target: Uint8Array, position: number): number {
    return this.#written.read(target, position)
  }

  /** Cuts, or fills up with zeros. @param count the place of this change in the journal */
  truncate(size: number, count: number): void {
    this.lastSizeChange = count
    this.#apply({ position: undefined, size, count })
  }

  /** A copy of the whole. */
  bytes(): Uint8Array {
    return this.#written.bytes()
  }

  /** Brings the first so many changes to the disk; default all. */
  sync(changes = this.changes): void {
    const synced = this.#unsynced.splice(0, changes - this.#syncedChanges)
    for (const change of synced) applyTo(this.#durable, change)
    this.#syncedChanges += synced.length
  }

  /**
   * The file after a power failure. Its size is that after some of the changes, or in the midst of one; each sector holds what it held
   * after any of them, independently of the others, so that changes may be lost from the end, torn, or lost below later ones that
   * are there. Where a size was written but not the bytes below it, there are zeros.
   */
  afterPowerFailure(random: Random, journalEnd: JournalEnd): CrashableFile {
    const survivor = new CrashableFile()
    const isWhole = this.#unsynced.length === 0
    const bytes = isWhole ? this.#durable.bytes() : this.#survivingBytes(random, journalEnd)
    survivor.#written.write(bytes, 0)
    survivor.#durable.write(bytes, 0)
    return survivor
  }

  #apply(change: Change): void {
    applyTo(this.#written, change)
    this.#unsynced.push(change)
  }

  #survivingBytes(random: Random, journalEnd: JournalEnd): Uint8Array {
    const changes = this.#unsynced
    const sizes = sizesAfter(this.#durable.size, changes)
    const lastSized = chooseLastSized(changes, random, journalEnd)
    const size = tornSize(sizes, lastSized, random)
    const writtenBack = this.#chooseWrittenBack(Math.max(...sizes), lastSized, random)
    const state = new MemoryFile()
    state.write(this.#durable.bytes(), 0)
    const survivor = new MemoryFile()
    survivor.truncate(Math.max(...sizes))
    for (let done = 0; ; done++) {
      const sector = Buffer.alloc(SECTOR_BYTES)
      for (const [index, after] of writtenBack.entries()) {
        if (after !== done) continue
        const count = state.read(sector, index * SECTOR_BYTES)
        survivor.write(sector.subarray(0, count), index * SECTOR_BYTES)
      }
      const change = changes[done]
      if (change === undefined) break
      applyTo(state, change)
      if (change.position === undefined && done < lastSized) zeroFrom(survivor, change.size)
    }
    survivor.truncate(size)
    return survivor.bytes()
  }

  /**
   * Per sector the number of changes after which it was last written to the disk. What was written behind a place where the file had
   * been cut is there only if the cut is.
   */
  #chooseWrittenBack(sizeInBytes: number, lastSized: number, random: Random): number[] {
    const { length } = this.#unsynced
    const choose = writeBackOrder(length, lastSized, random)
    return Array.from({ length: Math.ceil(sizeInBytes / SECTOR_BYTES) }, (_, sector) => {
      const end = (sector + 1) * SECTOR_BYTES
      const lostCut = this.#unsynced.findIndex(
        (change, index) => index >= lastSized && change.position === undefined && change.size < end,
      )
      return Math.min(choose(), lostCut < 0 ? length : lostCut)
    })
  }
}

function applyTo(file: MemoryFile, change: Change): void {
  if (change.position === undefined) file.truncate(change.size)
  else file.write(change.bytes, change.position)
}

/** The file's size before the changes and after each. */
function sizesAfter(before: number, changes: readonly Change[]): number[] {
  const sizes = [before]
  for (const change of changes) {
    const size =
      change.position === undefined
        ? change.size
        : Math.max(sizes.at(-1)!, change.position + change.bytes.length)
    sizes.push(size)
  }
  return sizes
}

/** After how many changes the file has the size that it has. */
function chooseLastSized(
  changes: readonly Change[],
  random: Random,
  journalEnd: JournalEnd,
): number {
  if (journalEnd === undefined) return random.int(changes.length + 1)
  const isCut = (change: Change) => change.position === undefined
  const least = changes.findLastIndex((change) => isCut(change) && change.count <= journalEnd) + 1
  const lost = changes.findIndex((change) => isCut(change) && change.count > journalEnd)
  const most = lost < 0 ? changes.length : lost
  return least + random.int(most - least + 1)
}

/** The size after `lastSized` changes; in half of all cases with a part of what the next one adds. */
function tornSize(sizes: readonly number[], lastSized: number, random: Random): number {
  const size = sizes[lastSized]!
  const added = (sizes[lastSized + 1] ?? size) - size
  return added > 0 && random.int(2) === 0 ? size + random.int(added) : size
}

/** How the sectors came to the disk: all in order, or all in any order, or some not at all. */
function writeBackOrder(changes: number, lastSized: number, random: Random): () => number {
  switch (random.int(4)) {
    case 0:
      return () => lastSized
    case 1:
      return () => Math.min(changes, lastSized + 1)
    case 2:
      return () => (random.int(4) === 0 ? 0 : changes)
    // Whatever is left.
    default:
      return () => random.int(changes + 1)
  }
}

function zeroFrom(file: MemoryFile, size: number): void {
  const whole = file.size
  if (size >= whole) return
  file.truncate(size)
  file.truncate(whole)
}
