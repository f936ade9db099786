import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { LogKit, batchOf } from '../log/log-kit.ts'
import { HeldSyncs } from '../support/held-syncs.ts'
import { ledPartition, registrationOf } from './replication/kit.ts'

function startPartition(leaderEpoch = 3) {
  const log = new LogKit().log()
  return { log, partition: ledPartition(log, leaderEpoch) }
}

/**
 * Returns a partition whose records are committed when they are on the disk, and a disk that does
 * not sync.
 */
function startHeld() {
  const fileSystem = new HeldSyncs(new MemoryFileSystem())
  fileSystem.hold()
  const log = new LogKit({ fileSystem, durability: 'fsync' }).log()
  return { fileSystem, log, partition: ledPartition(log, 0) }
}

describe('a partition that is led here', () => {
  test('commits appended records immediately, because it has one replica', () => {
    const { log, partition } = startPartition()
    expect(partition.append(batchOf(['a', 'b']))).toMatchObject({ baseOffset: 0, lastOffset: 1 })
    expect([log.logEndOffset, log.highWatermark]).toEqual([2, 2])
  })

  test('treats all existing records as committed when it starts', () => {
    const kit = new LogKit()
    kit.log().appendAsLeader(batchOf(['a']), 0)
    expect(kit.log().highWatermark).toBe(0)
    expect(ledPartition(kit.log(), 1).log.highWatermark).toBe(1)
  })

  test('stamps records with its leader epoch, and starts a new epoch at the log end', () => {
    const { log, partition } = startPartition()
    partition.append(batchOf(['a']))
    partition.makeLeader(registrationOf({ leaderEpoch: 5 }))
    partition.append(batchOf(['b']))
    expect(partition.leaderEpoch).toBe(5)
    expect(log.endOffsetForEpoch(3)).toEqual({ epoch: 3, endOffset: 1 })
    expect([log.epochAt(0), log.epochAt(1)]).toEqual([3, 5])
  })

  test('fences clients with an old leader epoch (KIP-320)', () => {
    const { partition } = startPartition()
    expect(partition.checkLeaderEpoch(-1)).toBeUndefined()
    expect(partition.checkLeaderEpoch(3)).toBeUndefined()
    expect(partition.checkLeaderEpoch(2)).toBe(ApiError.of(ErrorCode.FencedLeaderEpoch))
    expect(partition.checkLeaderEpoch(4)).toBe(ApiError.of(ErrorCode.UnknownLeaderEpoch))
  })

  test('notifies watchers of every successful append, until they unsubscribe or it resigns', () => {
    const { partition } = startPartition()
    const told: string[] = []
    const first = () => void told.push('first')
    const second = () => void told.push('second')
    partition.watch(first)
    partition.watch(second)
    partition.append(batchOf(['a']))
    partition.append(new Uint8Array(0))
    partition.unwatch(first)
    partition.append(batchOf(['b']))
    partition.resign()
    partition.append(batchOf(['c']))
    expect(told).toEqual(['first', 'second', 'second', 'second'])
  })

  test('allows a watcher to unsubscribe while it is notified', () => {
    const { partition } = startPartition()
    let count = 0
    const once = () => {
      count++
      partition.unwatch(once)
    }
    partition.watch(once)
    partition.append(batchOf(['a']))
    partition.append(batchOf(['b']))
    expect(count).toBe(1)
  })
})

describe('an offset of a partition', () => {
  test('is committed immediately, without a promise, if there is nothing to wait for', () => {
    const { partition } = startPartition()
    partition.append(batchOf(['a', 'b']))
    expect([partition.committed(0), partition.committed(2)]).toEqual([undefined, undefined])
  })

  test('is committed when the high watermark reaches it, whatever was appended after it', async () => {
    const { fileSystem, log, partition } = startHeld()
    partition.append(batchOf(['a']))
    const first = partition.committed(1)
    partition.append(batchOf(['b']))
    const second = partition.committed(2)
    expect(partition.committed(2)).toBe(second)
    await fileSystem.release()
    expect(await first).toBe(true)
    expect(log.highWatermark).toBe(1)
    expect(partition.committed(1)).toBeUndefined()
    await fileSystem.release()
    expect(await second).toBe(true)
  })

  test('cannot be committed here any more when the broker no longer leads the partition', async () => {
    const { fileSystem, log, partition } = startHeld()
    partition.append(batchOf(['a']))
    const waiting = partition.committed(1)
    partition.resign()
    expect(partition.role).toBe('follower')
    expect([await waiting, await partition.committed(1)]).toEqual([false, false])
    await fileSystem.release()
    expect(log.highWatermark).toBe(0)
  })
})
