import type { FileHandle, FileSystem } from './file-system.ts'

/** Passes all operations on to another file system. Subclasses override some of them. */
export class ForwardingFileSystem implements FileSystem {
  protected readonly inner: FileSystem

  constructor(inner: FileSystem) {
    this.inner = inner
  }

  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    return this.inner.open(path, options)
  }

  readFile(path: string): Uint8Array {
    return this.inner.readFile(path)
  }

  writeFile(path: string, content: Uint8Array | string): void {
    this.inner.writeFile(path, content)
  }

  list(path: string): string[] {
    return this.inner.list(path)
  }

  makeDirectory(path: string): void {
    this.inner.makeDirectory(path)
  }

  exists(path: string): boolean {
    return this.inner.exists(path)
  }

  isDirectory(path: string): boolean {
    return this.inner.isDirectory(path)
  }

  rename(from: string, to: string): void {
    this.inner.rename(from, to)
  }

  remove(path: string): void {
    this.inner.remove(path)
  }

  syncDirectory(path: string): void {
    this.inner.syncDirectory(path)
  }

  syncDirectoryLater(path: string): Promise<void> {
    return this.inner.syncDirectoryLater(path)
  }

  lock(path: string): () => void {
    return this.inner.lock(path)
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    return this.inner.space(path)
  }
}
