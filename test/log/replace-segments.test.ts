import { describe, expect, test } from 'vitest'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../src/record/control-record.ts'
import {
  copyOf,
  dieAt,
  dieReplacing,
  dieStarting,
  filled,
  left,
  replaceSealed,
  start,
  valuesOf,
} from './crash-kit.ts'
import { append, LogKit, readAll } from './log-kit.ts'

describe('replaced segments', () => {
  test('are no longer read, and deleted after file.delete.delay.ms', async () => {
    const kit = new LogKit()
    const log = kit.log({ fileDeleteDelayMs: 1000 })
    filled(log)
    const sizeInBytes = log.files.sizeInBytes
    replaceSealed(log)
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 4, 8])
    expect(readAll(log)).toEqual([
      [1, '1'],
      [2, '2'],
      [6, '6'],
      [8, '8'],
    ])
    expect(log.files.sizeInBytes).toBe((sizeInBytes / 9) * 4)
    expect(log.offsetForTimestamp(start + 3)?.offset).toBe(6)
    expect(readAll(log, 3)[0]).toEqual([6, '6'])
    expect(kit.files().filter((name) => name.endsWith('.log.deleted')).length).toBe(4)
    await kit.clock.advance(1000)
    expect(left(kit)).toEqual([])
    kit.crash()
    expect(readAll(kit.log()).length).toBe(4)
    expect(kit.warnings).toEqual([])
  })

  test('are deleted with their producer snapshots if their base offset is unused', () => {
    const kit = new LogKit()
    filled(kit.log())
    replaceSealed(kit.log())
    expect(kit.files().filter((name) => name.endsWith('.snapshot'))).toEqual([
      '00000000000000000004.snapshot',
      '00000000000000000008.snapshot',
    ])
  })

  test('notify the listener of the log, as the deletion of records does', () => {
    const log = new LogKit().log()
    const starts: number[] = []
    filled(log)
    log.onRecordsRemoved(() => starts.push(log.logStartOffset))
    replaceSealed(log)
    log.advanceLogStartOffset(4)
    log.advanceLogStartOffset(100)
    log.files.deleteOldSegments()
    expect(starts).toEqual([0, 4, 4])
  })

  test('that retention has deleted meanwhile do not reappear', () => {
    const kit = new LogKit()
    const log = kit.log()
    filled(log)
    const sealed = log.files.segments.slice(0, -1)
    log.advanceLogStartOffset(4)
    expect(log.files.deleteOldSegments().segments).toBe(2)
    log.files.replaceSegments([], sealed)
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([8])
  })

  test('cannot be the active one', () => {
    const log = new LogKit().log()
    filled(log)
    expect(() => log.files.replaceSegments([], log.files.segments)).toThrow('active')
  })

  test('pass their aborted transactions on to the cleaned ones', () => {
    const kit = new LogKit()
    const log = kit.log()
    const producer = { producerId: 1, producerEpoch: 0 }
    append(log, ['a'], { ...producer, baseSequence: 0, isTransactional: true })
    const marker = { type: ControlRecordType.Abort, coordinatorEpoch: 0 }
    const markerOptions = { ...producer, timestamp: start }
    const records = encodeEndTransactionMarker(marker, markerOptions)
    log.appendAsLeader(records, 0, { origin: 'coordinator' })
    log.files.roll()
    append(log, ['b'])
    const [sealed] = log.files.segments
    const cleaned = log.files.newCleanedSegment(0)
    for (const slice of [...sealed!.batchesFrom(0)].map(({ batch }) => batch.bytes.slice())) {
      cleaned.append(slice)
    }
    for (const aborted of sealed!.transactionIndex.entries) cleaned.transactionIndex.append(aborted)
    cleaned.becomeInactive()
    log.files.replaceSegments([cleaned], [sealed!])
    expect(kit.files()).toContain('00000000000000000000.txnindex')
    const read = log.read(0, 1000, 'lastStableOffset', true)
    expect(read).toMatchObject({ abortedTransactions: [{ producerId: 1, firstOffset: 0 }] })
    kit.crash()
    expect(kit.log().read(0, 1000, 'logEnd', true)).toMatchObject({
      sizeInBytes: cleaned.sizeInBytes,
    })
  })
})

describe('a crash at any operation', () => {
  test('while segments are replaced leaves all old ones or all new ones', () => {
    const outcomes: string[] = []
    for (let operation = 0; ; operation++) {
      const memory = new MemoryFileSystem()
      const hasDied = dieAt(operation, memory, (log) => () => replaceSealed(log))
      if (!hasDied) break
      const kit = new LogKit({ fileSystem: memory })
      const log = kit.log()
      outcomes.push(valuesOf(log).join(''))
      expect(left(kit)).toEqual([])
      expect(append(log, ['9'], { epoch: 3 }).baseOffset).toBe(9)
      expect(log.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 8 })
      kit.crash()
      expect(valuesOf(kit.log()).join('')).toBe(`${outcomes.at(-1)}9`)
    }
    const before = '012345678'
    const after = '1268'
    const firstNew = outcomes.indexOf(after)
    expect(new Set(outcomes)).toEqual(new Set([before, after]))
    expect(outcomes.slice(firstNew)).toEqual(outcomes.slice(firstNew).map(() => after))
  })

  test('during the start after such a crash does not change the result', () => {
    for (let operation = 0; ; operation++) {
      const memory = new MemoryFileSystem()
      if (!dieReplacing(operation, memory)) break
      const expected = valuesOf(new LogKit({ fileSystem: copyOf(memory) }).log())
      for (let again = 0; ; again++) {
        const crashed = copyOf(memory)
        const hasDied = dieStarting(again, crashed)
        const kit = new LogKit({ fileSystem: crashed })
        expect(valuesOf(kit.log())).toEqual(expected)
        expect(left(kit)).toEqual([])
        if (!hasDied) break
      }
    }
  })

  test('while old segments are deleted leaves a log without gaps from a segment on', () => {
    for (let operation = 0; ; operation++) {
      const memory = new MemoryFileSystem()
      const hasDied = dieAt(operation, memory, (log) => () => {
        log.advanceLogStartOffset(5)
        log.files.deleteOldSegments()
      })
      const kit = new LogKit({ fileSystem: memory })
      const log = kit.log()
      expect(valuesOf(log).join('')).toMatch(/^(0123|23|)45678$/)
      expect(left(kit)).toEqual([])
      if (!hasDied) break
    }
  })

  test('while the log is truncated leaves a log without a gap', () => {
    for (const offset of [3, 5, 8]) {
      for (let operation = 0; ; operation++) {
        const memory = new MemoryFileSystem()
        const hasDied = dieAt(operation, memory, (log) => () => log.truncateTo(offset))
        const kit = new LogKit({ fileSystem: memory })
        const log = kit.log()
        const values = valuesOf(log).join('')
        expect('012345678'.startsWith(values)).toBe(true)
        expect(log.logEndOffset).toBe(values.length)
        expect(log.logEndOffset).toBeGreaterThanOrEqual(offset)
        expect(left(kit)).toEqual([])
        if (!hasDied) break
      }
    }
  })
})
