import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogConfig } from '../../src/log/log-config.ts'
import { append, LogKit, readAll } from './log-kit.ts'
import { scaled } from '../support/scale.ts'

const config: Partial<LogConfig> = { segmentBytes: 700, indexIntervalBytes: 150 }

interface ModelBatch {
  readonly epoch: number
  readonly values: readonly string[]
  readonly firstOffset: number
  readonly sequence: number
}

/** The expected content of a log. */
class Model {
  startOffset = 0
  endOffset = 0
  epoch = 0
  batches: ModelBatch[] = []

  get records(): [number, string][] {
    return this.batches
      .flatMap(({ firstOffset, values }) =>
        values.map((value, index): [number, string] => [firstOffset + index, value]),
      )
      .filter(([offset]) => offset >= this.startOffset)
  }

  get nextSequence(): number {
    const last = this.batches.at(-1)
    return last === undefined ? 0 : last.sequence + last.values.length
  }

  /** The offset after the last batch. */
  get endOfBatches(): number {
    const last = this.batches.at(-1)
    return last === undefined ? 0 : last.firstOffset + last.values.length
  }

  /** The log continues where it was truncated, even within the first removed batch. */
  truncateTo(offset: number): void {
    if (offset >= this.endOffset) return
    const isKept = ({ firstOffset, values }: ModelBatch) => firstOffset + values.length <= offset
    this.batches = this.batches.filter(isKept)
    this.endOffset = offset
  }

  /** A truncation within a batch is remembered only by the name of a segment that starts there. */
  restart(activeBaseOffset: number): void {
    this.endOffset = Math.max(this.endOfBatches, activeBaseOffset)
    if (this.endOffset >= this.startOffset) return
    this.batches = []
    this.endOffset = this.startOffset
  }
}

const operations = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('append'),
        size: fc.integer({ min: 1, max: 400 }),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('roll') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('truncate'),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('deleteRecords'),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('newEpoch') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('flush') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
  ) as fc.Arbitrary<{ do: string; size?: number; count?: number; at?: number }>,
  { maxLength: 60 },
)

function apply(
  kit: LogKit,
  model: Model,
  operation: { do: string; size?: number; count?: number; at?: number },
): void {
  const log = kit.log(config)
  const offsetAt = (fraction: number) =>
    model.startOffset + Math.round(fraction * (model.endOffset - model.startOffset))
  const activeBaseOffset = log.files.segments.at(-1)!.baseOffset
  switch (operation.do) {
    case 'append': {
      const values = Array.from({ length: operation.count! }, (_, index) =>
        `${model.endOffset + index} `.padEnd(operation.size! / operation.count!, 'x'),
      )
      const sequence = model.nextSequence
      const producer = { producerId: 1, producerEpoch: 0, baseSequence: sequence }
      const info = append(log, values, {
        ...producer,
        epoch: model.epoch,
        timestamp: kit.clock.now() + model.endOffset,
      })
      expect(info).toMatchObject({ baseOffset: model.endOffset, duplicate: false })
      model.batches.push({ epoch: model.epoch, values, firstOffset: model.endOffset, sequence })
      model.endOffset += values.length
      return
    }
    case 'roll':
      log.files.roll()
      return
    case 'truncate':
      log.truncateTo(offsetAt(operation.at!))
      return model.truncateTo(offsetAt(operation.at!))
    case 'deleteRecords':
      log.advanceLogStartOffset(offsetAt(operation.at!))
      kit.manager.checkpoint()
      model.startOffset = Math.max(model.startOffset, offsetAt(operation.at!))
      return
    case 'newEpoch':
      model.epoch++
      return
    case 'flush':
      log.durability.flush()
      return kit.manager.checkpoint()
    case 'restart':
      kit.restart()
      return model.restart(activeBaseOffset)
    case 'crash':
      kit.crash()
      return model.restart(activeBaseOffset)
  }
}

function check(kit: LogKit, model: Model): void {
  const log = kit.log(config)
  log.updateHighWatermark(log.logEndOffset)
  const { records } = model
  expect([log.logStartOffset, log.logEndOffset]).toEqual([model.startOffset, model.endOffset])
  expect([log.lastStableOffset, log.highWatermark]).toEqual([model.endOffset, model.endOffset])
  expect(readAll(log, undefined, 'highWatermark', 500)).toEqual(records)
  for (const [offset] of records.filter((_, index) => index % 3 === 0)) {
    expect(readAll(log, offset, 'logEnd', 1)[0]?.[0]).toBe(offset)
  }
  const last = model.batches.at(-1)
  if (last !== undefined && model.startOffset < model.endOffset) {
    // An epoch that started in a truncated batch still ends the one before.
    if (model.endOfBatches === model.endOffset) {
      expect(log.endOffsetForEpoch(last.epoch)).toEqual({
        epoch: last.epoch,
        endOffset: model.endOffset,
      })
    }
    expect(log.offsetOfMaxTimestamp()?.offset).toBe(last.firstOffset)
  }
}

test('any history of appends, rolls, truncations, restarts and crashes agrees with the model', () => {
  fc.assert(
    fc.property(operations, (history) => {
      const kit = new LogKit()
      const model = new Model()
      for (const operation of history) {
        apply(kit, model, operation)
        if (operation.do !== 'append') check(kit, model)
      }
      check(kit, model)
    }),
    { numRuns: scaled(300) },
  )
})
