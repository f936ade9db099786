import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import type { LogConfig } from '../../../src/log/log-config.ts'
import {
  CleanerKit,
  committedContentOf,
  contentOf,
  endTransaction,
  type KeyAndValue,
  producing,
  put,
} from './cleaner-kit.ts'
import { scaled } from '../../support/scale.ts'

const config: Partial<LogConfig> = {
  segmentBytes: 900,
  indexIntervalBytes: 100,
  deleteRetentionMs: 1000,
  fileDeleteDelayMs: 10,
}

interface ModelRecord {
  readonly offset: number
  readonly key: string
  readonly value: string | null
  /** The producer of its transaction. */
  readonly producerId: number | undefined
  state: 'committed' | 'open' | 'aborted'
}

/** Everything that was ever appended. */
class Model {
  readonly records: ModelRecord[] = []
  readonly markers = new Map<number, string>()
  readonly sequences = new Map<number, number>()

  add(baseOffset: number, records: readonly KeyAndValue[], transactionOf?: number): void {
    for (const [index, [key, value]] of records.entries()) {
      const state = transactionOf === undefined ? 'committed' : 'open'
      this.records.push({
        offset: baseOffset + index,
        key: key!,
        value,
        producerId: transactionOf,
        state,
      })
    }
  }

  end(producerId: number, type: 'Commit' | 'Abort', offset: number): void {
    this.markers.set(offset, `${offset}:${type.toLowerCase()}`)
    for (const record of this.records) {
      if (record.producerId !== producerId || record.state !== 'open') continue
      record.state = type === 'Commit' ? 'committed' : 'aborted'
    }
  }

  /**
   * Returns the last value of every key, as a consumer, or a read_committed consumer, computes it.
   */
  table(endOffset: number, isCommitted: boolean): Record<string, string> {
    const table: Record<string, string> = {}
    for (const { offset, key, value, state } of this.records) {
      if (offset >= endOffset || (isCommitted ? state !== 'committed' : state === 'aborted'))
        continue
      if (value === null) delete table[key]
      else table[key] = value
    }
    return table
  }

  /**
   * Whether the cleaner may keep earlier records of the key. If it continues within a segment
   * because its map was full, it treats what a producer wrote after an aborted transaction as
   * aborted, too (`LocalLog.collectAbortedTransactions`).
   */
  mayCountAsAborted(offset: number): boolean {
    const { producerId } = this.records.find((record) => record.offset === offset)!
    if (producerId === undefined) return false
    return this.records.some(
      (record) =>
        record.producerId === producerId && record.state === 'aborted' && record.offset < offset,
    )
  }

  get texts(): Set<string> {
    return new Set([
      ...this.markers.values(),
      ...this.records.map(({ offset, key, value }) => `${offset}:${key}=${value}`),
    ])
  }
}

const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const records = fc.array(fc.tuple(keys, fc.option(fc.nat(99).map(String), { freq: 5 })), {
  minLength: 1,
  maxLength: 6,
})
const producers = fc.integer({ min: 1, max: 3 })
const operations = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('put' as const),
        records,
        compression: fc.constantFrom('none' as const, 'gzip' as const, 'lz4' as const),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('transact' as const),
        records,
        producerId: producers,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        producerId: producers,
        type: fc.constantFrom('Commit' as const, 'Abort' as const),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('roll' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('clean' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.integer({ min: 1, max: 1500 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'crash' as const) }),
    },
  ),
  { maxLength: 60, size: 'max' },
)
type Operation = typeof operations extends fc.Arbitrary<(infer O)[]> ? O : never

async function apply(kit: CleanerKit, model: Model, operation: Operation): Promise<void> {
  const log = kit.compacted(config)
  log.updateHighWatermark(log.logEndOffset)
  switch (operation.do) {
    case 'put': {
      const { compression } = operation
      const { baseOffset } = put(log, operation.records, {
        compression,
        timestamp: kit.clock.now(),
      })
      return model.add(baseOffset, operation.records)
    }
    case 'transact': {
      const { producerId } = operation
      const sequence = model.sequences.get(producerId) ?? 0
      model.sequences.set(producerId, sequence + operation.records.length)
      const options = { ...producing(producerId, sequence, true), timestamp: kit.clock.now() }
      const { baseOffset } = put(log, operation.records, options)
      return model.add(baseOffset, operation.records, producerId)
    }
    case 'end': {
      const { baseOffset } = endTransaction(log, operation.producerId, operation.type)
      return model.end(operation.producerId, operation.type, baseOffset)
    }
    case 'roll':
      return void log.files.roll()
    case 'clean':
      return await clean(kit, log, model)
    case 'wait':
      return await kit.clock.advance(operation.ms)
    case 'restart':
      return kit.restart()
    case 'crash':
      return kit.crash()
  }
}

async function clean(kit: CleanerKit, log: Log, model: Model): Promise<void> {
  const { endOffset } = await kit.cleaner.cleanNow(log)
  const texts = contentOf(log)
  const seen = new Set<string>()
  for (const text of texts) {
    const [, offset, key] = /^(\d+):([a-z]+)=/.exec(text) ?? []
    if (key === undefined || Number(offset) >= endOffset) continue
    if (seen.has(key) && !model.mayCountAsAborted(Number(offset)))
      throw new Error(`${key} is twice in the clean part: ${texts.join(' ')}`)
    seen.add(key)
  }
  const dirty = model.records.filter(({ offset }) => offset >= endOffset)
  expect(texts).toEqual(
    expect.arrayContaining(dirty.map((each) => `${each.offset}:${each.key}=${each.value}`)),
  )
}

function check(kit: CleanerKit, model: Model, endOffset: number): void {
  const log = kit.compacted(config)
  log.updateHighWatermark(log.logEndOffset)
  expect(log.logEndOffset).toBe(endOffset)
  const { texts } = model
  const content = contentOf(log)
  expect(content.filter((text) => !texts.has(text))).toEqual([])
  const offsets = content.map((text) => Number.parseInt(text, 10))
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
  expect(tableOf(committedContentOf(log))).toEqual(model.table(log.lastStableOffset, true))
  for (const { producerId, lastSequence } of log.producers.activeProducers()) {
    if (lastSequence >= 0) expect(lastSequence).toBe(model.sequences.get(producerId)! - 1)
  }
}

function tableOf(texts: readonly string[]): Record<string, string> {
  const table: Record<string, string> = {}
  for (const text of texts) {
    const [, key, value] = /^\d+:([a-z]+)=(.*)$/.exec(text)!
    if (value === 'null') delete table[key!]
    else table[key!] = value!
  }
  return table
}

test('any history of appends, transactions and cleanings keeps the last committed value of every key at its offset', async () => {
  await fc.assert(
    fc.asyncProperty(operations, fc.integer({ min: 2, max: 20 }), async (history, slots) => {
      const kit = new CleanerKit({ isEnabled: false, dedupeBufferBytes: slots * 24, loadFactor: 1 })
      const model = new Model()
      for (const operation of history) {
        const { logEndOffset } = kit.compacted(config)
        await apply(kit, model, operation)
        const isAppend = ['put', 'transact', 'end'].includes(operation.do)
        if (!isAppend) check(kit, model, logEndOffset)
      }
      expect(kit.warnings).toEqual([])
    }),
    { numRuns: scaled(300) },
  )
})
