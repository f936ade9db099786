import { describe, expect, test } from 'vitest'
import { GroupCommit } from '../../src/log/group-commit.ts'

/** A log whose syncs end when the test allows it. */
class HeldLog {
  endOffset = 0
  isOnline = true
  readonly syncs: { range: string; finish: () => void }[] = []
  readonly commits = new GroupCommit({
    durableOffset: 0,
    logEndOffset: () => this.endOffset,
    isOnline: () => this.isOnline,
    sync: (from, to) =>
      new Promise((resolve) => this.syncs.push({ range: `${from}..${to}`, finish: resolve })),
  })

  append(count = 1): Promise<void> | undefined {
    this.endOffset += count
    return this.commits.commit()
  }

  get ranges(): string[] {
    return this.syncs.map(({ range }) => range)
  }

  async finish(): Promise<void> {
    this.syncs.at(-1)!.finish()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a commit', () => {
  test('is not waited for when everything is on the disk', async () => {
    const log = new HeldLog()
    expect(log.commits.commit()).toBeUndefined()
    const commit = log.append()
    await log.finish()
    await commit
    expect(log.commits.commit()).toBeUndefined()
    expect(log.commits.durableOffset).toBe(1)
  })

  test('covers the log up to its end when the sync started', async () => {
    const log = new HeldLog()
    void log.append(3)
    void log.append(2)
    expect(log.ranges).toEqual(['0..3'])
    await log.finish()
    expect(log.commits.durableOffset).toBe(3)
  })

  test('is shared by all appends during the previous sync', async () => {
    const log = new HeldLog()
    const first = log.append()
    const shared = [log.append(), log.append(), log.append()]
    expect(new Set(shared).size).toBe(1)
    expect(shared[0]).not.toBe(first)
    let isDone = false
    void shared[0]!.then(() => (isDone = true))
    await log.finish()
    expect([log.ranges, isDone]).toEqual([['0..1', '1..4'], false])
    await log.finish()
    expect([log.commits.durableOffset, isDone]).toEqual([4, true])
    void log.append()
    expect(log.ranges.at(-1)).toBe('4..5')
  })

  test('is the current sync if nothing was appended since', () => {
    const log = new HeldLog()
    const commit = log.append()
    expect(log.commits.commit()).toBe(commit)
    const next = log.append()
    expect(log.commits.commit()).toBe(next)
    expect(log.ranges).toEqual(['0..1'])
  })

  test('does not cover records that replaced truncated ones meanwhile', async () => {
    const log = new HeldLog()
    void log.append(5)
    log.endOffset = 2
    log.commits.onTruncated(2)
    const again = log.append(3)
    await log.finish()
    expect(log.commits.durableOffset).toBe(2)
    expect(log.ranges).toEqual(['0..5', '2..5'])
    await log.finish()
    await again
    expect(log.commits.durableOffset).toBe(5)
  })

  test('that fails makes nothing durable, and there is none after it', async () => {
    const log = new HeldLog()
    const commits = [log.append(), log.append()]
    log.isOnline = false
    await log.finish()
    for (const commit of commits) await commit
    expect(log.commits.durableOffset).toBe(0)
    expect(log.append()).toBeUndefined()
    expect(log.ranges).toEqual(['0..1'])
  })
})
