import { beforeEach, describe, expect, test } from 'vitest'
import { ControlRecordType, encodeEndTransactionMarker } from '../../src/record/control-record.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { append, LogKit } from '../log/log-kit.ts'
import { dumpJson, dumpText, verify } from './dump-kit.ts'

const directory = '/data/orders-0'
const log = `${directory}/00000000000000000000.log`
const timestamp = Date.UTC(2026, 0, 1)

let kit: LogKit

beforeEach(() => {
  kit = new LogKit()
})

/** Writes five segments, some with indexes, and an aborted transaction. */
function fill(): void {
  const orders = kit.log({ segmentBytes: 3000, indexIntervalBytes: 500 })
  for (let i = 0; i < 40; i++) {
    append(orders, [`${i}`, 'x'.repeat(300)], { timestamp: timestamp + i })
  }
  const producer = { producerId: 7, producerEpoch: 2, baseSequence: 0, isTransactional: true }
  append(orders, ['in a transaction'], producer)
  const marker = { producerId: 7, producerEpoch: 2, timestamp }
  const abort = { type: ControlRecordType.Abort, coordinatorEpoch: 3 }
  orders.appendAsLeader(encodeEndTransactionMarker(abort, marker), 0, { origin: 'coordinator' })
  kit.manager.close()
}

function overwrite(path: string, position: number, bytes: number[]): void {
  const file = kit.fileSystem.open(path)
  file.write([Uint8Array.from(bytes)], position)
  file.close()
}

function cut(path: string, sizeInBytes: number): void {
  const file = kit.fileSystem.open(path)
  file.truncate(sizeInBytes)
  file.close()
}

describe('as text', () => {
  test('a batch and its records have the fields of DumpLogSegments', () => {
    const key = Buffer.from('k')
    const headers = [{ key: 'h', value: null }]
    kit.log().appendAsLeader(
      encodeBatch([{ timestamp, key, value: Buffer.from('v'), headers }], {
        producerId: 5,
        producerEpoch: 1,
        baseSequence: 9,
      }),
      4,
    )
    const { lines } = dumpText(kit.fileSystem, log)
    expect(lines).toEqual([
      `Dumping ${log}`,
      'Log starting offset: 0',
      expect.stringMatching(
        /^baseOffset: 0 lastOffset: 0 count: 1 baseSequence: 9 lastSequence: 9 producerId: 5 producerEpoch: 1 partitionLeaderEpoch: 4 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1767225600000 size: 73 magic: 2 compresscodec: none crc: \d+ isvalid: true$/,
      ),
      `| offset: 0 CreateTime: ${timestamp} keySize: 1 valueSize: 1 sequence: 9 headerKeys: [h] key: k payload: v`,
    ])
  })

  test('keys and values that are not UTF-8 are base64', () => {
    const value = Buffer.from([0xff, 0])
    kit.log().appendAsLeader(encodeBatch([{ timestamp, key: null, value }]), 0)
    expect(dumpText(kit.fileSystem, log).lines.at(-1)).toMatch(
      /headerKeys: \[\] payload: base64:\/wA=$/,
    )
  })

  test('records may be printed without metadata', () => {
    append(kit.log(), ['first'])
    const { lines } = dumpText(kit.fileSystem, log, { hasMetadata: false })
    expect(lines.at(-1)).toBe('| payload: first')
  })

  test('every file of a partition is dumped', () => {
    fill()
    const { lines, findings } = dumpText(kit.fileSystem, directory)
    const dumped = lines.filter((line) => line.startsWith('Dumping ')).map((line) => line.slice(8))
    expect(dumped).toEqual(kit.files().map((name) => `${directory}/${name}`))
    expect(lines).toContain(
      'version: 0 producerId: 7 firstOffset: 80 lastOffset: 81 lastStableOffset: 82',
    )
    expect(lines).toContain('epoch: 0 startOffset: 0')
    expect(lines.find((line) => line.startsWith('producerId: 7 '))).toMatch(
      /producerEpoch: 2 coordinatorEpoch: 3 currentTxnFirstOffset: OptionalLong.empty .*lastSequence: 0 lastOffset: 80/,
    )
    expect(lines.find((line) => line.includes('endTxnMarker'))).toMatch(
      /endTxnMarker: ABORT coordinatorEpoch: 3$/,
    )
    expect([...findings.lines()]).toEqual([])
  })

  test('a data directory is dumped with its partitions and checkpoints', () => {
    fill()
    const { lines } = dumpText(kit.fileSystem, '/data')
    expect(lines).toContain('topic: orders partition: 0 offset: 82')
    expect(lines).toContain(`Dumping ${log}`)
    expect(lines.find((line) => line.startsWith('node.id: 1 version: 1'))).toBeDefined()
  })

  test('a data directory of a cluster with several brokers is also served', () => {
    fill()
    kit.fileSystem.makeDirectory('/cluster')
    kit.fileSystem.rename('/data', '/cluster/1')
    expect(dumpText(kit.fileSystem, '/cluster').lines).toContain(
      'Dumping /cluster/1/orders-0/00000000000000000000.log',
    )
  })

  test('only the requested offsets are printed', () => {
    fill()
    const { lines } = dumpText(kit.fileSystem, directory, { fromOffset: 11, toOffset: 13 })
    const offsets = lines.flatMap((line) => /^\| offset: (\d+)/.exec(line)?.[1] ?? [])
    expect(offsets).toEqual(['11', '12', '13'])
  })

  test('it ends after the given number of records', () => {
    fill()
    const { lines } = dumpText(kit.fileSystem, directory, { maxRecords: 5 })
    expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(5)
  })

  test('files that a deletion or the cleaner has renamed are read too', () => {
    append(kit.log(), ['first'])
    for (const suffix of ['.deleted', '.cleaned', '.swap']) {
      kit.fileSystem.writeFile(log + suffix, kit.fileSystem.readFile(log))
      expect(dumpText(kit.fileSystem, log + suffix).lines).toHaveLength(4)
    }
  })
})

describe('as JSON', () => {
  test('each line has its kind and file', () => {
    fill()
    const lines = dumpJson(kit.fileSystem, directory)
    const kinds = new Set(lines.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual([
      'abortedTransaction',
      'batch',
      'file',
      'indexEntry',
      'leaderEpoch',
      'partitionMetadata',
      'producer',
      'record',
      'timeIndexEntry',
    ])
    expect(lines.every(({ file }) => String(file).startsWith(directory))).toBe(true)
    expect(lines.find(({ kind }) => kind === 'file')).toMatchObject({
      content: 'offsetIndex',
      topic: 'orders',
      partition: 0,
      offset: 0,
    })
    expect(lines.find(({ controlType }) => controlType === 'ABORT')).toMatchObject({
      control: { coordinatorEpoch: 3 },
      offset: 81,
    })
  })

  test('bytes that are not UTF-8 are marked as base64, also in headers', () => {
    const headers = [
      { key: 'a', value: Buffer.from([0xfe]) },
      { key: 'b', value: null },
    ]
    const key = Buffer.from([0xff])
    const value = Buffer.from('"é"')
    kit.log().appendAsLeader(encodeBatch([{ timestamp, key, value, headers }]), 0)
    expect(dumpJson(kit.fileSystem, log).at(-1)).toMatchObject({
      key: '/w==',
      keyEncoding: 'base64',
      value: '"é"',
      headers: [
        { key: 'a', value: '/g==', valueEncoding: 'base64' },
        { key: 'b', value: null },
      ],
    })
  })
})

describe('verifying', () => {
  test('finds no problem in files of the log', () => {
    fill()
    const { lines, findings } = verify(kit.fileSystem, '/data')
    expect(findings.problemCount).toBe(0)
    expect(lines.filter((line) => !line.includes(': ok'))).toEqual([])
  })

  test.each(['.deleted', '.cleaned', '.swap'])(
    'finds no problem in indexes whose log a killed process has already removed or renamed: %s',
    (suffix) => {
      fill()
      for (const kind of ['.index', '.timeindex']) {
        const path = log.replace('.log', kind)
        kit.fileSystem.writeFile(path + suffix, kit.fileSystem.readFile(path))
      }
      expect(verify(kit.fileSystem, directory).findings.problemCount).toBe(0)
    },
  )

  test('finds indexes without their log', () => {
    fill()
    kit.fileSystem.remove(log)
    const { lines, findings } = verify(kit.fileSystem, directory)
    const missing = lines.filter((line) => line === '  there is no .log file beside it')
    expect(missing).toHaveLength(2)
    expect(findings.wrongFileCount).toBe(2)
  })

  test('finds a wrong checksum, and continues', () => {
    fill()
    overwrite(log, 100, [0x55])
    const { lines, findings } = verify(kit.fileSystem, log)
    expect(findings.problemCount).toBe(1)
    expect(lines[1]).toBe('  the batch at position 0 (offset 0) has a wrong checksum')
    expect(Number(/\((\d+) batches\)/.exec(lines[0]!)![1])).toBeGreaterThan(3)
  })

  test('finds a torn tail', () => {
    append(kit.log(), ['first'])
    append(kit.log(), ['second'])
    cut(log, 100)
    expect(verify(kit.fileSystem, log).lines[1]).toMatch(
      /^ {2}27 invalid bytes from position 73 on/,
    )
  })

  test('finds bytes where no batch can start', () => {
    append(kit.log(), ['first'])
    append(kit.log(), ['second'])
    overwrite(log, 73 + 16, [77])
    expect(verify(kit.fileSystem, log).lines[1]).toMatch(/from position 73 on: Invalid magic/)
  })

  test('finds an unknown codec', () => {
    append(kit.log(), ['first'])
    append(kit.log(), ['second'])
    overwrite(log, 22, [7])
    const lines = dumpJson(kit.fileSystem, log)
    expect(lines.filter(({ kind }) => kind === 'batch')).toMatchObject([
      { compresscodec: 'unknown', isvalid: false },
      { compresscodec: 'none', isvalid: true },
    ])
    expect(verify(kit.fileSystem, log).findings.problemCount).toBe(2)
  })

  test('finds offsets out of order', () => {
    append(kit.log(), ['first'])
    append(kit.log(), ['second'])
    overwrite(log, 73, [0, 0, 0, 0, 0, 0, 0, 0])
    const { findings } = verify(kit.fileSystem, log)
    expect([...findings.lines()]).toContain('  offset 0 at position 73 follows 0')
  })

  test('finds index entries that do not point at a batch, and timestamps out of order', () => {
    fill()
    const index = log.replace('.log', '.index')
    const timeIndex = log.replace('.log', '.timeindex')
    overwrite(index, 7, [1])
    overwrite(timeIndex, 12, [0, 0, 0, 0, 0, 0, 0, 1])
    expect([...verify(kit.fileSystem, index).findings.lines()].join('\n')).toMatch(
      /no batch begins at position/,
    )
    const times = [...verify(kit.fileSystem, timeIndex).findings.lines()].join('\n')
    expect(times).toContain('Found out of order timestamp in :')
    expect(times).toContain('Found timestamp mismatch in :')
  })

  test('finds a snapshot that was changed', () => {
    fill()
    const snapshot = `${directory}/${kit.files().findLast((name) => name.endsWith('.snapshot'))!}`
    overwrite(snapshot, 20, [9])
    expect(verify(kit.fileSystem, snapshot).lines).toEqual([
      `${snapshot}: 1 problems`,
      '  the checksum is wrong',
    ])
  })

  test.each([
    ['leader-epoch-checkpoint', '0\n2\n0 0\n'],
    ['leader-epoch-checkpoint', '0\n2\n3 10\n2 20\n'],
    ['partition.metadata', 'nothing'],
    ['00000000000000000000.snapshot', ''],
    ['00000000000000000000.snapshot', '\0\x01\0\0\0\0\0\0\xff\xff'],
    ['00000000000000000000.txnindex', 'short'],
    ['quorum-state', '{'],
    ['meta.properties', ''],
    ['meta.properties', 'version=1\nnode.id=1\n'],
  ])('reports that %s is malformed, and continues', (name, content) => {
    append(kit.log(), ['first'])
    kit.fileSystem.writeFile(`${directory}/${name}`, Buffer.from(content, 'latin1'))
    const { findings, lines } = verify(kit.fileSystem, directory)
    expect(findings.problemCount).toBeGreaterThan(0)
    expect(lines.some((line) => line.endsWith('.log: ok (1 batches)'))).toBe(true)
  })

  test('every prefix of a segment and every flipped byte can be dumped', () => {
    append(kit.log(), ['first'], { compression: 'gzip' })
    append(kit.log(), ['second'])
    const whole = Buffer.from(kit.fileSystem.readFile(log))
    for (let at = 0; at < whole.length; at++) {
      kit.fileSystem.writeFile(log, whole.subarray(0, at))
      dumpText(kit.fileSystem, log)
      dumpJson(kit.fileSystem, log)
      const changed = Buffer.from(whole)
      changed[at] = changed[at]! ^ 0x5a
      kit.fileSystem.writeFile(log, changed)
      dumpText(kit.fileSystem, log)
      dumpJson(kit.fileSystem, log)
    }
  })
})
