import { posix } from 'node:path'
import { CrashableFileSystem } from '../../../support/disk/crashable-file-system.ts'
import { FaultyFileSystem, type FileFault } from '../../../support/disk/faulty-file-system.ts'
import type { FileHandle, FileSystem } from '../../../../src/platform/file-system.ts'
import type { Turn } from '../../../../src/platform/turn.ts'
import type { Dice } from '../../dice.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The speed of the disks, and their guarantees. */
export interface DiskSettings {
  /** The usual duration of an asynchronous sync, in milliseconds. */
  readonly syncMs: number
  /** The share of syncs that take up to fifty times as long, 0 to 1. */
  readonly slowness: number
  readonly fileSyncKeepsNames: boolean
}

/** The disks of all brokers. Crashes of processes do not change them. */
export class Disks {
  readonly #disks = new Map<number, CrashableFileSystem>()
  readonly #dice: Dice
  readonly #newDisk: () => CrashableFileSystem

  constructor(ids: Iterable<number>, settings: DiskSettings, time: VirtualTime, dice: Dice) {
    const { fileSyncKeepsNames, syncMs, slowness } = settings
    this.#dice = dice
    const delayMs = (): number =>
      syncMs * (dice.chance(slowness) ? dice.between(5, 50) : 0.5 + dice.int(100) / 100)
    const turn: Turn = {
      after: (callback) => time.schedule(delayMs(), callback),
      next: () => time.pass(delayMs()),
    }
    this.#newDisk = () => new CrashableFileSystem({ fileSyncKeepsNames, turn })
    for (const id of ids) this.add(id)
  }

  /** Adds the disk of a new broker. */
  add(id: number): void {
    this.#disks.set(id, this.#newDisk())
  }

  /** Simulates a power failure of a broker's machine. Unsynced bytes may be lost. */
  losePower(id: number): void {
    this.#disks.set(id, this.#disks.get(id)!.afterPowerFailure(this.#dice))
  }

  /**
   * Returns the view of a new process.
   *
   * @param onKilled called when an injected fault kills the process during an operation
   */
  mount(onKilled: (id: number) => void): MountedDisks {
    return new MountedDisks(this.#disks, onKilled)
  }
}

/** The disk of one broker, as a process sees it. */
class Mount {
  readonly process: FaultyFileSystem
  readonly openFiles: string[] = []
  locks = 0

  constructor(files: CrashableFileSystem) {
    this.process = new FaultyFileSystem(files)
  }
}

/**
 * The file system of one process. The disk of each broker is at `/<broker id>`. Faults are injected
 * here.
 */
export class MountedDisks implements FileSystem {
  readonly #disks: ReadonlyMap<number, CrashableFileSystem>
  readonly #mounts: Map<number, Mount>
  readonly #onKilled: (id: number) => void

  constructor(disks: ReadonlyMap<number, CrashableFileSystem>, onKilled: (id: number) => void) {
    this.#disks = disks
    this.#mounts = new Map([...disks].map(([id, files]) => [id, new Mount(files)]))
    this.#onKilled = onKilled
  }

  /** Mounts the disk of a broker that was added to the running cluster. */
  mountDisk(id: number): void {
    this.#mounts.set(id, new Mount(this.#disks.get(id)!))
  }

  /** The open files, and the number of locked directories. */
  get held(): { files: readonly string[]; locks: number } {
    const mounts = [...this.#mounts.values()]
    return {
      files: mounts.flatMap(({ openFiles }) => openFiles),
      locks: mounts.reduce((total, { locks }) => total + locks, 0),
    }
  }

  /** Makes all later operations of the process fail. */
  kill(): void {
    for (const { process } of this.#mounts.values()) process.kill()
  }

  /** Injects a fault into the disk of a broker. */
  inject(id: number, fault: FileFault): void {
    this.#mounts.get(id)!.process.inject(fault)
  }

  /** Whether an operation has failed because of a fault. */
  get hasFailed(): boolean {
    return [...this.#mounts.values()].some(({ process }) => process.failures > 0)
  }

  /** Removes all faults. */
  heal(): void {
    for (const { process } of this.#mounts.values()) process.heal()
  }

  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    return this.#run(path, (files, mount) => {
      const file = files.open(path, options)
      mount.openFiles.push(path)
      const run = <T>(action: () => T): T => this.#run(path, action)
      return new CountedHandle(
        file,
        run,
        (done) => whileAlive(files, done),
        () => {
          mount.openFiles.splice(mount.openFiles.indexOf(path), 1)
        },
      )
    })
  }

  readFile(path: string): Uint8Array {
    return this.#run(path, (files) => files.readFile(path))
  }

  writeFile(path: string, content: Uint8Array | string): void {
    this.#run(path, (files) => files.writeFile(path, content))
  }

  list(path: string): string[] {
    if (!isRoot(path)) return this.#run(path, (files) => files.list(path))
    return [...this.#mounts.keys()].filter((id) => this.exists(`/${id}`)).map(String)
  }

  makeDirectory(path: string): void {
    this.#run(path, (files) => files.makeDirectory(path))
  }

  exists(path: string): boolean {
    return isRoot(path) || this.#run(path, (files) => files.exists(path))
  }

  isDirectory(path: string): boolean {
    return isRoot(path) || this.#run(path, (files) => files.isDirectory(path))
  }

  rename(from: string, to: string): void {
    this.#run(from, (files) => files.rename(from, to))
  }

  remove(path: string): void {
    this.#run(path, (files) => files.remove(path))
  }

  syncDirectory(path: string): void {
    this.#run(path, (files) => files.syncDirectory(path))
  }

  syncDirectoryLater(path: string): Promise<void> {
    return this.#run(path, (files) => whileAlive(files, files.syncDirectoryLater(path)))
  }

  lock(path: string): () => void {
    return this.#run(path, (files, mount) => {
      const unlock = files.lock(path)
      mount.locks++
      return () => {
        unlock()
        mount.locks--
      }
    })
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    return this.#run(path, (files) => files.space(path))
  }

  /** Runs an operation on the disk that holds the path. Reports when a fault kills the process. */
  #run<T>(path: string, action: (files: FaultyFileSystem, mount: Mount) => T): T {
    const id = Number(posix.resolve('/', path).split('/')[1])
    const mount = this.#mounts.get(id)
    if (mount === undefined) throw new Error(`${path} is on no broker's disk`)
    const { process } = mount
    const wasDead = process.isDead
    try {
      return action(process, mount)
    } finally {
      if (process.isDead && !wasDead) this.#onKilled(id)
    }
  }
}

/** Waits for a sync. Never settles when the process is dead by then. */
async function whileAlive(process: FaultyFileSystem, done: Promise<void>): Promise<void> {
  try {
    await done
  } finally {
    if (process.isDead) await new Promise(() => {})
  }
}

function isRoot(path: string): boolean {
  return posix.resolve('/', path) === '/'
}

type Run = <T>(action: () => T) => T

class CountedHandle implements FileHandle {
  readonly #file: FileHandle
  readonly #run: Run
  readonly #living: (done: Promise<void>) => Promise<void>
  readonly #onClose: () => void

  constructor(
    file: FileHandle,
    run: Run,
    living: (done: Promise<void>) => Promise<void>,
    onClose: () => void,
  ) {
    this.#file = file
    this.#run = run
    this.#living = living
    this.#onClose = onClose
  }

  size(): number {
    return this.#file.size()
  }

  write(parts: readonly Uint8Array[], position: number): void {
    this.#run(() => this.#file.write(parts, position))
  }

  read(target: Uint8Array, position: number): number {
    return this.#run(() => this.#file.read(target, position))
  }

  truncate(size: number): void {
    this.#run(() => this.#file.truncate(size))
  }

  sync(): void {
    this.#run(() => this.#file.sync())
  }

  async syncLater(): Promise<void> {
    await this.#living(this.#run(() => this.#file.syncLater()))
  }

  close(): void {
    this.#onClose()
    this.#file.close()
  }
}
