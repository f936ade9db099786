import { onTestFinished } from 'vitest'
import type { FileHandle, FileSystem } from '../../src/platform/file-system.ts'

/** A file system whose syncs off the event loop do not end before the test lets them. */
export class HeldSyncs implements FileSystem {
  readonly #inner: FileSystem
  readonly #held: (() => void)[] = []
  /** Paths of the files that were synced, in order. */
  readonly synced: string[] = []
  #isHolding = false

  constructor(inner: FileSystem) {
    this.#inner = inner
  }

  /** From now on, until the test is over. */
  hold(): void {
    this.#isHolding = true
    onTestFinished(async () => {
      this.#isHolding = false
      await this.release()
    })
  }

  /** How many wait. */
  get held(): number {
    return this.#held.length
  }

  /** Lets those end that wait now. */
  async release(): Promise<void> {
    for (const finish of this.#held.splice(0)) finish()
    await new Promise((resolve) => setImmediate(resolve))
  }

  open(path: string, options?: { create?: boolean }): FileHandle {
    const inner = this.#inner.open(path, options)
    return {
      size: () => inner.size(),
      write: (parts, position) => inner.write(parts, position),
      read: (target, position) => inner.read(target, position),
      truncate: (size) => inner.truncate(size),
      sync: () => inner.sync(),
      syncLater: async () => {
        this.synced.push(path)
        if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve))
        await inner.syncLater()
      },
      close: () => inner.close(),
    }
  }

  readFile(path: string): Uint8Array {
    return this.#inner.readFile(path)
  }

  writeFile(path: string, content: Uint8Array | string): void {
    this.#inner.writeFile(path, content)
  }

  list(path: string): string[] {
    return this.#inner.list(path)
  }

  makeDirectory(path: string): void {
    this.#inner.makeDirectory(path)
  }

  exists(path: string): boolean {
    return this.#inner.exists(path)
  }

  isDirectory(path: string): boolean {
    return this.#inner.isDirectory(path)
  }

  rename(from: string, to: string): void {
    this.#inner.rename(from, to)
  }

  remove(path: string): void {
    this.#inner.remove(path)
  }

  syncDirectory(path: string): void {
    this.#inner.syncDirectory(path)
  }

  async syncDirectoryLater(path: string): Promise<void> {
    await this.#inner.syncDirectoryLater(path)
  }

  lock(path: string): () => void {
    return this.#inner.lock(path)
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    return this.#inner.space(path)
  }
}
