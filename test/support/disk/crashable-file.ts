import { MemoryFile } from '../../../src/platform/memory-file.ts'
import type { Random } from '../../../src/platform/random.ts'

/**
 * The size of an atomic disk write: after a power failure a sector contains one of its contents,
 * never parts of two.
 */
const SECTOR_BYTES = 512

/**
 * A change that is not synced yet: bytes at a position, or a new size, with its position in the
 * journal.
 */
type Change =
  | { readonly position: number; readonly bytes: Uint8Array }
  | { readonly position: undefined; readonly size: number; readonly count: number }

/**
 * The changes of names and sizes that are on the disk after a power failure: those up to this one,
 * or any of them if sizes are not journaled.
 */
export type JournalEnd = number | undefined

/**
 * The content of one file of a {@link CrashableFileSystem}: the written bytes, the bytes on the
 * disk, and the changes in between.
 */
export class CrashableFile {
  /** The position in the journal of the last change of its size, or of its creation. */
  lastSizeChange = 0
  readonly #written = new MemoryFile()
  readonly #durable = new MemoryFile()
  #unsynced: Change[] = []
  #syncedChanges = 0

  get size(): number {
    return this.#written.size
  }

  /** The number of writes and truncations so far. */
  get changes(): number {
    return this.#syncedChanges + this.#unsynced.length
  }

  write(bytes: Uint8Array, position: number): void {
    this.#apply({ position, bytes: Uint8Array.prototype.slice.call(bytes) })
  }

  read(target: Uint8Array, position: number): number {
    return this.#written.read(target, position)
  }

  /**
   * Truncates the file, or extends it with zeros.
   *
   * @param count the position of this change in the journal
   */
  truncate(size: number, count: number): void {
    this.lastSizeChange = count
    this.#apply({ position: undefined, size, count })
  }

  /** Returns a copy of the content. */
  bytes(): Uint8Array {
    return this.#written.bytes()
  }

  /** Writes the first changes to the disk; default all. */
  sync(changes = this.changes): void {
    const synced = this.#unsynced.splice(0, changes - this.#syncedChanges)
    for (const change of synced) applyTo(this.#durable, change)
    this.#syncedChanges += synced.length
  }

  /**
   * Returns the file after a power failure. Its size is that after some of the changes, or within
   * one of them. Each sector has its content after any of the changes, independently of the others.
   * So changes may be lost from the end, torn, or lost before later ones that survive. If a size
   * survives but the bytes below it do not, they are zeros.
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
   * Returns for each sector the number of changes after which it was last written to the disk.
   * Bytes that were written after a truncation survive only if the truncation does.
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

/** Returns the size of the file before the changes and after each of them. */
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

/** Returns the number of changes after which the file has its size. */
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

/** Returns the size after `lastSized` changes; in half of the cases with a part of the next one. */
function tornSize(sizes: readonly number[], lastSized: number, random: Random): number {
  const size = sizes[lastSized]!
  const added = (sizes[lastSized + 1] ?? size) - size
  return added > 0 && random.int(2) === 0 ? size + random.int(added) : size
}

/** Chooses how sectors reach the disk: all in order, all in any order, or some not at all. */
function writeBackOrder(changes: number, lastSized: number, random: Random): () => number {
  switch (random.int(4)) {
    case 0:
      return () => lastSized
    case 1:
      return () => Math.min(changes, lastSized + 1)
    case 2:
      return () => (random.int(4) === 0 ? 0 : changes)
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
