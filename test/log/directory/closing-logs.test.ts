import { describe, expect, test } from 'vitest'
import { DeferredSyncs } from '../../../src/log/directory/deferred-syncs.ts'
import { CrashableFileSystem } from '../../support/disk/crashable-file-system.ts'
import { FaultyFileSystem } from '../../support/disk/faulty-file-system.ts'
import type { FileHandle } from '../../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { HeldSyncs } from '../../support/held-syncs.ts'
import { append, LogKit, readAll } from '../log-kit.ts'

const PARTITIONS = 40
const MARKER = '/data/.kafka_cleanshutdown'

/**
 * Records which syncs are on the event loop and which are not, how many are concurrent, and which
 * directories are listed.
 */
class SyncedFileSystem extends MemoryFileSystem {
  readonly blocking: string[] = []
  readonly later: string[] = []
  readonly listed: string[] = []
  mostAtATime = 0
  #underWay = 0

  forget(): void {
    for (const paths of [this.blocking, this.later, this.listed]) paths.length = 0
  }

  override writeFile(path: string, content: Uint8Array | string): void {
    this.blocking.push(path)
    super.writeFile(path, content)
  }

  override list(path: string): string[] {
    this.listed.push(path)
    return super.list(path)
  }

  override syncDirectory(path: string): void {
    this.blocking.push(path)
  }

  override syncDirectoryLater(path: string): Promise<void> {
    return this.#syncLater(path)
  }

  override open(path: string, options?: { create?: boolean }): FileHandle {
    const handle = super.open(path, options)
    return {
      size: () => handle.size(),
      write: (parts, position) => handle.write(parts, position),
      read: (target, position) => handle.read(target, position),
      truncate: (size) => handle.truncate(size),
      sync: () => void this.blocking.push(path),
      syncLater: () => this.#syncLater(path),
      close: () => handle.close(),
    }
  }

  async #syncLater(path: string): Promise<void> {
    this.later.push(path)
    this.mostAtATime = Math.max(this.mostAtATime, ++this.#underWay)
    await new Promise((resolve) => setImmediate(resolve))
    this.#underWay--
  }
}

function fill(kit: LogKit, epoch = 0): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    append(kit.log({}, 'orders', partition), ['a'], { epoch })
  }
}

describe('logs that are closed', () => {
  test('sync every file once, concurrently and outside the event loop', async () => {
    const fileSystem = new SyncedFileSystem()
    const kit = new LogKit({ fileSystem })
    fill(kit)
    fileSystem.forget()
    await kit.manager.closeLogs()
    expect(fileSystem.blocking).toEqual([])
    const { later } = fileSystem
    expect(later.toSorted()).toEqual([...new Set(later)].toSorted())
    const first = later.filter((path) => /orders-0($|\/)/.test(path)).toSorted()
    // The offset index has no entries, so only its name is synced.
    expect(first).toEqual([
      '/data/orders-0',
      '/data/orders-0/00000000000000000000.log',
      '/data/orders-0/00000000000000000000.timeindex',
      '/data/orders-0/00000000000000000001.snapshot',
      '/data/orders-0/leader-epoch-checkpoint',
      '/data/orders-0/partition.metadata',
    ])
    expect(fileSystem.mostAtATime).toBe(16)
    kit.manager.close()
    expect(fileSystem.exists(MARKER)).toBe(true)
  })

  test('get no clean shutdown marker if one of many syncs fails', async () => {
    const disk = new FaultyFileSystem(new MemoryFileSystem())
    const kit = new LogKit({ fileSystem: disk })
    fill(kit)
    const isAffected = (path: string) => /orders-17\/.*timeindex/.test(path)
    disk.inject({ code: 'EIO', operations: ['sync'], isAffected })
    await kit.manager.closeLogs()
    kit.manager.close()
    disk.heal()
    expect(disk.exists(MARKER)).toBe(false)
    expect(kit.warnings.join()).toContain('EIO')
  })

  test('are complete if a power failure left the clean shutdown marker', async () => {
    const disk = new CrashableFileSystem({ fileSyncKeepsNames: false })
    const kit = new LogKit({ fileSystem: disk })
    fill(kit)
    await kit.manager.closeLogs()
    kit.manager.close()
    for (let seed = 0; seed < 10; seed++) {
      const next = new LogKit({ fileSystem: disk.afterPowerFailure(new SeededRandom(seed)) })
      for (let partition = 0; partition < PARTITIONS; partition++) {
        expect(readAll(next.log({}, 'orders', partition))).toEqual([[0, 'a']])
        expect(next.log({}, 'orders', partition).epochAt(0)).toBe(0)
      }
      expect(next.warnings).toEqual([])
    }
  })

  test('have their recovery points written when everything is on the disk, and not before', async () => {
    const disk = new SyncedFileSystem()
    const kit = new LogKit({ fileSystem: disk })
    fill(kit)
    const closing = kit.manager.closeLogs()
    await kit.clock.advance(3_600_000)
    const path = '/data/recovery-point-offset-checkpoint'
    expect(disk.exists(path)).toBe(false)
    await closing
    kit.manager.close()
    expect(disk.exists(path)).toBe(true)
  })
})

test('closing logs waits for the syncs of small files that are under way', async () => {
  const fileSystem = new HeldSyncs(new MemoryFileSystem())
  const kit = new LogKit({ fileSystem })
  fileSystem.hold((path) => path.endsWith('partition.metadata'))
  append(kit.log(), ['a'])
  await kit.clock.advance(0)
  expect(fileSystem.held).toBe(1)
  fileSystem.hold(() => false)
  let isClosed = false
  const closing = kit.manager.closeLogs().then(() => (isClosed = true))
  for (let turn = 0; turn < 20; turn++) await kit.clock.advance(0)
  expect(isClosed).toBe(false)
  await fileSystem.release()
  await closing
})

test('the offsets of a partition that was just deleted are removed from the checkpoints before logs are closed', async () => {
  const kit = new LogKit()
  append(kit.log(), ['a'])
  kit.restart()
  kit.log()
  const path = '/data/recovery-point-offset-checkpoint'
  const checkpoint = () => Buffer.from(kit.fileSystem.readFile(path)).toString()
  expect(checkpoint()).toContain('orders 0 1')
  kit.manager.delete('orders', 0)
  const closing = kit.manager.closeLogs()
  expect(checkpoint()).not.toContain('orders')
  await closing
})

describe('logs that are opened after a clean shutdown', () => {
  test('sync nothing before they can be served, and list each directory once', async () => {
    const fileSystem = new SyncedFileSystem()
    const kit = new LogKit({ fileSystem })
    fill(kit)
    for (const epoch of [2, 4, 6]) {
      await kit.manager.closeLogs()
      kit.restart()
      fileSystem.forget()
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const log = kit.log({}, 'orders', partition)
        log.assignEpochStart(epoch, log.logEndOffset)
      }
      expect(fileSystem.blocking).toEqual([])
      expect(fileSystem.listed).toHaveLength(PARTITIONS)
    }
  })

  test('are not treated as closed cleanly after a power failure', () => {
    const disk = new CrashableFileSystem({ fileSyncKeepsNames: true })
    const kit = new LogKit({ fileSystem: disk })
    append(kit.log(), ['a'])
    kit.restart()
    expect(disk.exists(MARKER)).toBe(false)
    append(kit.log(), ['b'])
    for (let seed = 0; seed < 20; seed++) {
      const next = disk.afterPowerFailure(new SeededRandom(seed))
      expect(next.exists(MARKER), `seed ${seed}`).toBe(false)
    }
  })

  test('have the epoch of their leader in its file before a record of it', async () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    kit.restart()
    const log = kit.log()
    const epochs = () =>
      Buffer.from(kit.fileSystem.readFile('/data/orders-0/leader-epoch-checkpoint')).toString()
    log.assignEpochStart(2, 1)
    expect(epochs()).toBe('0\n1\n0 0\n')
    append(log, ['b'], { epoch: 2 })
    expect(epochs()).toBe('0\n2\n0 0\n2 1\n')
    log.assignEpochStart(4, 2)
    await kit.clock.advance(0)
    expect(epochs()).toBe('0\n3\n0 0\n2 1\n4 2\n')
    log.assignEpochStart(6, 2)
    kit.restart()
    expect(epochs()).toBe('0\n3\n0 0\n2 1\n6 2\n')
  })

  test('go offline with their directory when the epoch of their leader cannot be written', async () => {
    const disk = new FaultyFileSystem(new MemoryFileSystem())
    const kit = new LogKit({ fileSystem: disk })
    append(kit.log(), ['a'])
    append(kit.log({}, 'orders', 1), ['a'])
    kit.restart()
    const logs = [kit.log(), kit.log({}, 'orders', 1)]
    disk.inject({ code: 'ENOSPC', operations: ['create'] })
    for (const log of logs) log.assignEpochStart(2, 1)
    expect(logs.map((log) => log.isOffline)).toEqual([false, false])
    await kit.clock.advance(0)
    expect(logs.map((log) => log.isOffline)).toEqual([true, true])
    const { operations } = disk
    await kit.clock.advance(60_000)
    expect(disk.operations).toBe(operations)
  })

  test('do not change the epochs of another log that gets their name', async () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    kit.restart()
    kit.log().assignEpochStart(7, 1)
    kit.manager.delete('orders', 0)
    append(kit.log(), ['b'], { epoch: 1 })
    await kit.clock.advance(0)
    expect(
      Buffer.from(kit.fileSystem.readFile('/data/orders-0/leader-epoch-checkpoint')).toString(),
    ).toBe('0\n1\n1 0\n')
  })
})

test('a file whose sync was deferred is synced under its new name', async () => {
  const disk = new CrashableFileSystem({ fileSyncKeepsNames: false })
  const syncs = new DeferredSyncs(disk)
  const file = syncs.open('/file.tmp', { create: true })
  syncs.defer()
  file.write([Buffer.from('whole')], 0)
  file.sync()
  file.close()
  syncs.rename('/file.tmp', '/file')
  syncs.syncDirectory('/')
  await syncs.run()
  for (let seed = 0; seed < 20; seed++) {
    const next = disk.afterPowerFailure(new SeededRandom(seed))
    expect(Buffer.from(next.readFile('/file')).toString()).toBe('whole')
  }
})
