import { expect, test } from 'vitest'
import { readOffsetCheckpoint } from '../../src/log/files/checkpoint-file.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import { CrashableFileSystem } from '../support/disk/crashable-file-system.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import { ForwardingFileSystem } from '../../src/platform/forwarding-file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../src/record/control-record.ts'
import { AppendOrigin } from '../../src/record/validation-rules.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

/** Faults that simulated histories have found, each as the shortest history. */

const config: Partial<LogConfig> = { segmentBytes: 300, indexIntervalBytes: 0 }
const start = Date.UTC(2026, 0, 1)

/** Returns the logs that a new process finds after each of some power failures at this moment. */
function futures(disk: CrashableFileSystem, count = 40): LogKit[] {
  return Array.from({ length: count }, (_, seed) => {
    return new LogKit({ fileSystem: disk.afterPowerFailure(new SeededRandom(seed)) })
  })
}

function filled(options: ConstructorParameters<typeof LogKit>[0] = {}) {
  const disk = new CrashableFileSystem()
  const kit = new LogKit({ fileSystem: disk, ...options })
  for (let i = 0; i < 10; i++) append(kit.log(config), [`${i}`], { timestamp: start + i })
  return { disk, kit, log: kit.log(config) }
}

test('the time index ends with the largest timestamp when the log is closed, also after a power failure', () => {
  const { disk, kit } = filled()
  kit.manager.close()
  for (const { fileSystem } of futures(disk)) {
    for (const name of fileSystem.list('/data/orders-0')) {
      if (!name.endsWith('.timeindex')) continue
      const bytes = Buffer.from(fileSystem.readFile(`/data/orders-0/${name}`))
      const base = Number(name.slice(0, 20))
      const { length } = fileSystem.readFile(`/data/orders-0/${name.slice(0, 20)}.log`)
      const last = Number(bytes.readBigInt64BE(bytes.length - 12)) - start
      expect(last).toBe(base + length / 69 - 1)
    }
  }
})

test('a flushed log has its aborted transactions after a power failure', () => {
  const { disk, log } = filled()
  const producer = { producerId: 7, producerEpoch: 0 }
  append(log, ['a'], { ...producer, baseSequence: 0, isTransactional: true })
  const marker = { type: ControlRecordType.Abort, coordinatorEpoch: 0 }
  const bytes = encodeEndTransactionMarker(marker, { ...producer, timestamp: start })
  log.appendAsLeader(bytes, 0, { origin: AppendOrigin.Coordinator })
  log.files.roll()
  log.durability.flush()
  for (const kit of futures(disk)) {
    kit.log(config).updateHighWatermark(12)
    const read = kit.log(config).read(10, 1000, 'lastStableOffset', true)
    expect(read).toMatchObject({ abortedTransactions: [{ producerId: 7, firstOffset: 10 }] })
  }
})

test('an index that is rebuilt is whole or found wrong, wherever the process dies', () => {
  for (let operations = 0; operations < 60; operations += 1) {
    const { disk, kit } = filled()
    kit.manager.close()
    for (const name of disk.list('/data/orders-0')) {
      if (name.endsWith('index')) disk.remove(`/data/orders-0/${name}`)
    }
    const process = new FaultyFileSystem(disk)
    process.inject({ skip: operations, code: 'killed', effect: 'half' })
    try {
      new LogKit({ fileSystem: process }).log(config)
    } catch {
      // The process died.
    }
    process.kill()
    for (const next of futures(disk, 5)) {
      for (let i = 0; i < 10; i++) {
        expect(next.log(config).offsetForTimestamp(start + i)?.offset).toBe(i)
      }
    }
  }
})

test('a completely truncated log is the old one, the end of it, or empty, wherever the process dies', () => {
  for (let operations = 0; operations < 40; operations++) {
    const disk = new CrashableFileSystem()
    const process = new FaultyFileSystem(disk)
    const kit = new LogKit({ fileSystem: process })
    for (let i = 0; i < 10; i++) append(kit.log(config), [`${i}`])
    process.inject({ skip: operations, code: 'killed' })
    kit.log(config).truncateFullyAndStartAt(2)
    process.kill()
    const log = new LogKit({ fileSystem: disk }).log(config)
    const found = readAll(log)
    const expected = Array.from({ length: 10 }, (_, i) => [i, `${i}`])
    if (found.length > 0) expect(found).toEqual(expected.slice(log.logStartOffset))
    expect(log.logEndOffset).toBe((found.at(-1)?.[0] ?? log.logStartOffset - 1) + 1)
  }
})

test('leader epochs that are rebuilt are all there, wherever the process dies', () => {
  for (let operations = 0; operations < 30; operations++) {
    const { disk, kit, log } = filled()
    for (let epoch = 1; epoch < 5; epoch++) append(log, ['x'], { epoch })
    kit.manager.close()
    disk.remove('/data/orders-0/leader-epoch-checkpoint')
    const process = new FaultyFileSystem(disk)
    process.inject({ skip: operations, code: 'killed' })
    try {
      new LogKit({ fileSystem: process }).log(config)
    } catch {
      // The process died.
    }
    process.kill()
    const found = new LogKit({ fileSystem: disk }).log(config)
    expect([10, 11, 12, 13].map((offset) => found.epochAt(offset))).toEqual([1, 2, 3, 4])
  }
})

test('a malformed number in the leader epochs file makes the log rebuild them', () => {
  const { disk, kit } = filled()
  kit.manager.close()
  disk.writeFile('/data/orders-0/leader-epoch-checkpoint', '0\n1\n? 0\n')
  const next = new LogKit({ fileSystem: disk })
  expect(next.log(config).epochAt(3)).toBe(0)
  expect(next.warnings.join()).toContain('leader-epoch-checkpoint')
})

test('neither log start nor durable offset is beyond a truncation within a batch', async () => {
  const kit = new LogKit({ durability: 'fsync' })
  const log = kit.log()
  append(log, ['0', '1'])
  append(log, ['2', '3', '4'])
  await log.durability.commit()
  log.advanceLogStartOffset(4)
  log.truncateTo(3)
  expect(log.logEndOffset).toBe(3)
  expect(log.logStartOffset).toBe(3)
  expect(log.durability.durableOffset).toBe(3)
  kit.crash()
  expect([kit.log().logStartOffset, kit.log().logEndOffset]).toEqual([0, 2])
})

test('a truncation moves the recovery point on the disk back before anything else is appended', () => {
  const { disk, kit, log } = filled()
  log.durability.flush()
  kit.manager.checkpoint()
  log.truncateTo(5)
  const written = readOffsetCheckpoint(disk, '/data/recovery-point-offset-checkpoint')
  expect(written.get('orders 0')).toBe(5)
})

test('records after an end that was lost do not count as flushed', () => {
  const { disk, kit, log } = filled()
  log.durability.flush()
  kit.manager.checkpoint()
  kit.manager.discard()
  for (const name of disk.list('/data/orders-0')) {
    if (name.endsWith('.log') && Number(name.slice(0, 20)) > 4)
      disk.remove(`/data/orders-0/${name}`)
  }
  const next = new LogKit({ fileSystem: disk })
  const end = next.log(config).logEndOffset
  expect(end).toBeLessThan(10)
  append(next.log(config), ['new'])
  const written = readOffsetCheckpoint(disk, '/data/recovery-point-offset-checkpoint')
  expect(written.get('orders 0')).toBe(end)
})

test('the recovery points of all logs that lost their ends are written once, before the first append', () => {
  const disk = new MemoryFileSystem()
  const kit = new LogKit({ fileSystem: disk })
  const partitions = Array.from({ length: 20 }, (_, partition) => partition)
  for (const partition of partitions) {
    append(kit.log(config, 'orders', partition), ['a', 'b', 'c'])
    kit.log(config, 'orders', partition).durability.flush()
  }
  kit.manager.checkpoint()
  kit.manager.discard()
  for (const partition of partitions) {
    const name = `/data/orders-${partition}/00000000000000000000.log`
    disk.writeFile(name, disk.readFile(name).subarray(0, 40))
  }
  const writes: string[] = []
  class Watched extends ForwardingFileSystem {
    override writeFile(path: string, content: Uint8Array | string): void {
      writes.push(path)
      super.writeFile(path, content)
    }
  }
  const next = new LogKit({ fileSystem: new Watched(disk) })
  const written = () => writes.filter((path) => path.endsWith('recovery-point-offset-checkpoint'))
  for (const partition of partitions) {
    expect(next.log(config, 'orders', partition).logEndOffset).toBe(0)
  }
  expect(written().length).toBe(0)
  for (const partition of partitions) append(next.log(config, 'orders', partition), ['new'])
  expect(written().length).toBe(1)
})

test('an append to a log that lost its end is refused when the recovery point cannot be written', () => {
  const { disk, kit, log } = filled()
  log.durability.flush()
  kit.manager.checkpoint()
  kit.manager.discard()
  for (const name of disk.list('/data/orders-0')) {
    if (name.endsWith('.log') && Number(name.slice(0, 20)) > 4)
      disk.remove(`/data/orders-0/${name}`)
  }
  const faulty = new FaultyFileSystem(disk)
  const next = new LogKit({ fileSystem: faulty }).log(config)
  const end = next.logEndOffset
  faulty.inject({ code: 'EIO', isAffected: (path) => path.includes('recovery-point') })
  expect(next.appendAsLeader(batchOf(['new']), 0)).toMatchObject({
    errorCode: ErrorCode.KafkaStorageError,
  })
  expect([next.isOffline, next.logEndOffset]).toEqual([true, end])
})

test('a new log with the name of a deleted one starts at 0, also after a crash', async () => {
  const { disk, kit, log } = filled()
  log.advanceLogStartOffset(8)
  kit.manager.checkpoint()
  kit.manager.delete('orders', 0)
  await kit.clock.advance(0)
  append(kit.log(config), ['new'])
  kit.manager.discard()
  expect(readAll(new LogKit({ fileSystem: disk }).log(config))).toEqual([[0, 'new']])
})

test('an empty log has the same end after it was closed and the power failed', () => {
  const { disk, kit, log } = filled()
  log.truncateFullyAndStartAt(100)
  kit.manager.close()
  for (const next of futures(disk)) expect(next.log(config).logEndOffset).toBe(100)
})

test('a moved log start offset does not make records below it flushed', () => {
  const { disk, kit, log } = filled()
  const flushed = log.durability.recoveryPoint
  log.updateHighWatermark(10)
  log.advanceLogStartOffset(10)
  expect(log.durability.recoveryPoint).toBe(flushed)
  kit.manager.checkpoint()
  for (const found of futures(disk)) {
    const reopened = found.log(config)
    if (reopened.files.sizeInBytes === 0) continue
    const last = reopened.logEndOffset - 1
    expect(reopened.offsetOfMaxTimestamp()).toMatchObject({ offset: last, timestamp: start + last })
  }
})
