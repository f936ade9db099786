import type { FileHandle } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'

/** Files in memory, which count open files, reads and syncs. */
export class WatchedFileSystem extends MemoryFileSystem {
  openCount = 0
  mostOpen = 0
  readonly synced: string[] = []
  readonly #readBytes = new Map<string, number>()

  /** Bytes read since the last {@link forgetReads} from files with this suffix. */
  readBytes(suffix: string): number {
    let total = 0
    for (const [path, bytes] of this.#readBytes) if (path.endsWith(suffix)) total += bytes
    return total
  }

  forgetReads(): void {
    this.#readBytes.clear()
  }

  override open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    const handle = super.open(path, options)
    this.openCount++
    this.mostOpen = Math.max(this.mostOpen, this.openCount)
    return {
      size: () => handle.size(),
      write: (parts, position) => handle.write(parts, position),
      read: (target, position) => {
        const count = handle.read(target, position)
        this.#readBytes.set(path, (this.#readBytes.get(path) ?? 0) + count)
        return count
      },
      truncate: (size) => handle.truncate(size),
      sync: () => {
        this.synced.push(path)
        handle.sync()
      },
      syncLater: () => {
        this.synced.push(path)
        return handle.syncLater()
      },
      close: () => {
        this.openCount--
        handle.close()
      },
    }
  }
}
