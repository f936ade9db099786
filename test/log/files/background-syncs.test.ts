import type { Log } from '../../../src/log/log.ts'
import { describe, expect, test } from 'vitest'
import { BackgroundSyncs } from '../../../src/log/files/background-syncs.ts'
import { CrashableFileSystem } from '../../support/disk/crashable-file-system.ts'
import type { FileHandle } from '../../../src/platform/file-system.ts'
import { FaultyFileSystem } from '../../support/disk/faulty-file-system.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { append, LogKit, readAll, topicId } from '../log-kit.ts'

/** Counts operations that block the event loop for the disk, and those that do not. */
class CountingFileSystem extends MemoryFileSystem {
  blocking: string[] = []
  directoriesLater: string[] = []

  override writeFile(path: string, content: Uint8Array | string): void {
    this.blocking.push(path)
    super.writeFile(path, content)
  }

  override syncDirectory(path: string): void {
    this.blocking.push(path)
    super.syncDirectory(path)
  }

  override async syncDirectoryLater(path: string): Promise<void> {
    this.directoriesLater.push(path)
    await new Promise((resolve) => setImmediate(resolve))
  }

  override open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    const handle = super.open(path, options)
    return Object.assign(Object.create(handle) as FileHandle, {
      size: () => handle.size(),
      write: (parts: readonly Uint8Array[], position: number) => handle.write(parts, position),
      read: (target: Uint8Array, position: number) => handle.read(target, position),
      truncate: (size: number) => handle.truncate(size),
      syncLater: () => handle.syncLater(),
      close: () => handle.close(),
      sync: () => void this.blocking.push(path),
    })
  }
}

const settle = async () => {
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(['pageCache', 'fsync'] as const)('the first appends with %s', (durability) => {
  test('do not block the event loop', async () => {
    const fileSystem = new CountingFileSystem()
    const kit = new LogKit({ fileSystem, durability })
    fileSystem.blocking = []
    const commits: Promise<void>[] = []
    for (let partition = 0; partition < 50; partition++) {
      const log = kit.log({}, 'orders', partition)
      append(log, ['a'])
      commits.push(log.durability.commit() ?? Promise.resolve())
    }
    await Promise.all(commits)
    await kit.clock.advance(0)
    await settle()
    expect(fileSystem.blocking).toEqual([])
    const own = fileSystem.directoriesLater.filter((path) => path !== '/data')
    expect(own.toSorted()).toEqual([...new Set(own)].toSorted())
    expect(own).toHaveLength(50)
    // One sync for many names, and the next for those that came meanwhile.
    expect(fileSystem.directoriesLater.length - own.length).toBeLessThan(25)
  })
})

test('what was committed has its topic id and its epoch after a power failure', async () => {
  const disk = new CrashableFileSystem({ fileSyncKeepsNames: false })
  const log = new LogKit({ fileSystem: disk, durability: 'fsync' }).log()
  append(log, ['a'], { epoch: 3 })
  await log.durability.commit()
  for (let seed = 0; seed < 40; seed++) {
    const next = new LogKit({ fileSystem: disk.afterPowerFailure(new SeededRandom(seed)) })
    expect(next.manager.storedPartitions()).toMatchObject([{ topic: 'orders', topicId }])
    expect(readAll(next.log())).toEqual([[0, 'a']])
    expect(next.log().epochAt(0)).toBe(3)
    expect(next.warnings).toEqual([])
  }
})

test('the recovery point never moves beyond an epoch that is not on the disk', async () => {
  const flushes: ((log: Log) => unknown)[] = [
    ({ durability }) => durability.flush(),
    ({ durability }) => durability.flushLater(),
    (log) => log.close(),
  ]
  for (const flush of flushes) {
    const disk = new CrashableFileSystem({ fileSyncKeepsNames: false })
    const kit = new LogKit({ fileSystem: disk })
    const log = kit.log()
    append(log, ['a'], { epoch: 0 })
    log.durability.flush()
    append(log, ['b'], { epoch: 1 })
    log.files.roll()
    append(log, ['c'], { epoch: 2 })
    log.files.roll()
    await flush(log)
    kit.manager.checkpoint()
    for (let seed = 0; seed < 20; seed++) {
      const next = new LogKit({ fileSystem: disk.afterPowerFailure(new SeededRandom(seed)) })
      expect([0, 1, 2].map((offset) => next.log().epochAt(offset))).toEqual([0, 1, 2])
    }
  }
})

test('a sync in the background that fails takes the directory offline', async () => {
  const disk = new FaultyFileSystem(new MemoryFileSystem())
  const kit = new LogKit({ fileSystem: disk })
  const log = kit.log()
  append(log, ['a'])
  disk.inject({ code: 'EIO', operations: ['sync'] })
  await kit.clock.advance(0)
  await settle()
  expect(log.isOffline).toBe(true)
  expect(kit.warnings.join()).toContain('EIO')
})

describe('small files', () => {
  test('of a deleted directory are not waited for', async () => {
    const errors: unknown[] = []
    const syncs = new BackgroundSyncs(new MemoryFileSystem(), new ManualClock(), (error) =>
      errors.push(error),
    )
    syncs.add('/gone/file')
    await syncs.syncLater('/gone')
    syncs.add('/gone/file')
    syncs.sync('/gone')
    expect(syncs.isPending('/gone')).toBe(false)
    expect(errors).toEqual([])
  })

  test('are synced immediately if needed, also during a background sync', async () => {
    const disk = new CrashableFileSystem({ fileSyncKeepsNames: false })
    const syncs = new BackgroundSyncs(disk, new ManualClock(), () => {})
    const handle = disk.open('/file', { create: true })
    handle.write([Buffer.from('whole')], 0)
    syncs.add('/file')
    const later = syncs.syncLater('/')
    expect(syncs.isPending('/')).toBe(true)
    syncs.sync('/')
    for (let seed = 0; seed < 20; seed++) {
      const next = disk.afterPowerFailure(new SeededRandom(seed))
      expect(Buffer.from(next.readFile('/file')).toString()).toBe('whole')
    }
    await later
    expect(syncs.isPending('/')).toBe(false)
  })
})
