import { describe, expect, test } from 'vitest'
import type { RecordWriter } from '../../../src/coordinator/runtime/coordinator-shard.ts'
import { ShardTimers } from '../../../src/coordinator/runtime/shard-timers.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'

class Kit {
  readonly clock = new ManualClock()
  readonly appended: string[] = []
  failures = 0
  readonly timers: ShardTimers<string>

  constructor() {
    const append = (records: readonly string[]) => {
      if (this.failures-- > 0) return ApiError.of(ErrorCode.NotCoordinator)
      this.appended.push(...records)
      return undefined
    }
    const writer: RecordWriter<string> = {
      append,
      appendSeparately: append,
      whenCommitted: (response) => response,
    }
    this.timers = new ShardTimers(this.clock, writer)
  }
}

describe('the timers of a shard', () => {
  test('append the records of their operation once', async () => {
    const { clock, timers, appended } = new Kit()
    timers.schedule('a', 10, () => ['x'])
    await clock.advance(9)
    expect(appended).toEqual([])
    expect(timers.isScheduled('a')).toBe(true)
    await clock.advance(100)
    expect(appended).toEqual(['x'])
    expect(timers.isScheduled('a')).toBe(false)
  })

  test('replace a timer with the same key, and cancel it', async () => {
    const { clock, timers, appended } = new Kit()
    timers.schedule('a', 10, () => ['first'])
    timers.schedule('a', 20, () => ['second'])
    timers.scheduleIfAbsent('a', 1, () => ['third'])
    timers.schedule('b', 5, () => ['cancelled'])
    timers.cancel('b')
    await clock.advance(100)
    expect(appended).toEqual(['second'])
    timers.schedule('c', 5, () => ['unloaded'])
    timers.cancelAll()
    await clock.advance(100)
    expect(appended).toEqual(['second'])
  })

  test('try again 500 ms after a failed append, unless the key was scheduled again', async () => {
    const kit = new Kit()
    kit.failures = 2
    kit.timers.schedule('a', 10, () => ['x'])
    kit.timers.schedule('b', 10, () => {
      kit.timers.schedule('b', 50, () => ['later'])
      return ['y']
    })
    await kit.clock.advance(10)
    expect(kit.appended).toEqual([])
    await kit.clock.advance(50)
    expect(kit.appended).toEqual(['later'])
    await kit.clock.advance(450)
    expect(kit.appended).toEqual(['later', 'x'])
  })
})
