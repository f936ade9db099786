import { onTestFinished } from 'vitest'
import type { FileHandle } from '../../src/platform/file-system.ts'
import { ForwardingFileSystem } from '../../src/platform/forwarding-file-system.ts'

/** A file system whose syncs outside the event loop complete only when the test allows it. */
export class HeldSyncs extends ForwardingFileSystem {
  readonly #held: (() => void)[] = []
  /** Paths of the synced files, in order. */
  readonly synced: string[] = []
  #isHeld: (path: string) => boolean = () => false

  /** Holds the syncs of these files, default all, until the end of the test. */
  hold(isHeld: (path: string) => boolean = () => true): void {
    this.#isHeld = isHeld
    onTestFinished(async () => {
      this.#isHeld = () => false
      await this.release()
    })
  }

  /** The number of held syncs. */
  get held(): number {
    return this.#held.length
  }

  /** Completes the syncs that are held now. */
  async release(): Promise<void> {
    for (const finish of this.#held.splice(0)) finish()
    await new Promise((resolve) => setImmediate(resolve))
  }

  override open(path: string, options?: { create?: boolean }): FileHandle {
    const inner = super.open(path, options)
    return {
      size: () => inner.size(),
      write: (parts, position) => inner.write(parts, position),
      read: (target, position) => inner.read(target, position),
      truncate: (size) => inner.truncate(size),
      sync: () => inner.sync(),
      syncLater: async () => {
        this.synced.push(path)
        if (this.#isHeld(path)) await new Promise<void>((resolve) => this.#held.push(resolve))
        await inner.syncLater()
      },
      close: () => inner.close(),
    }
  }
}
