import { expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import { CrashableFileSystem } from '../../support/disk/crashable-file-system.ts'
import { FaultyFileSystem, type FileFault } from '../../support/disk/faulty-file-system.ts'
import type { FileSystem } from '../../../src/platform/file-system.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import {
  CleanerKit,
  committedContentOf,
  contentOf,
  endTransaction,
  producing,
  put,
} from './cleaner-kit.ts'

const manual = { isEnabled: false }
/** With these sizes, three segments become two. */
const config = { segmentBytes: 560, fileDeleteDelayMs: 1000 }

const before = [
  '0:a=1',
  '1:b=1',
  '2:a=aborted',
  '3:abort',
  '4:a=2',
  '5:c=1',
  '6:b=2',
  '7:c=2',
  '8:d=1',
]
const after = ['3:abort', '4:a=2', '6:b=2', '7:c=2', '8:d=1']

function open(fileSystem: FileSystem): { kit: CleanerKit; log: Log } {
  const kit = new CleanerKit(manual, { fileSystem })
  const log = kit.compacted(config)
  log.updateHighWatermark(log.logEndOffset)
  return { kit, log }
}

/** Writes a log of four segments to the disk, of which three can be cleaned. */
function fill(fileSystem: FileSystem): void {
  const { kit, log } = open(fileSystem)
  put(log, [['a', '1']])
  put(log, [['b', '1']])
  put(log, [['a', 'aborted']], producing(1, 0, true))
  log.files.roll()
  endTransaction(log, 1, 'Abort')
  put(log, [['a', '2']])
  put(log, [['c', '1']])
  log.files.roll()
  put(log, [['b', '2']])
  put(log, [['c', '2']])
  log.files.roll()
  put(log, [['d', '1']])
  kit.manager.close()
}

/** Checks that the log has the content from before or after, group by group, and is valid. */
function checkRecovered(fileSystem: FileSystem): void {
  const { kit, log } = open(fileSystem)
  const content = contentOf(log)
  expect(before).toEqual(expect.arrayContaining(content))
  expect(content).toEqual(expect.arrayContaining(after))
  expect(committedContentOf(log)).not.toContain('2:a=aborted')
  expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 9])
  expect(kit.files().filter((name) => /cleaned|swap/.test(name))).toEqual([])
  expect(log.producers.activeProducers()).toMatchObject([{ producerId: 1, lastSequence: 0 }])
  kit.manager.close()
}

async function checkCleanable(fileSystem: FileSystem): Promise<void> {
  const { kit, log } = open(fileSystem)
  await kit.cleaner.cleanNow(log)
  expect(contentOf(log)).toEqual(after)
  expect(kit.checkpoint).toEqual({ 'orders 0': 8 })
  kit.manager.close()
  await kit.clock.advance(5000)
}

/**
 * Kills the process at the nth file operation of a cleaning; returns false if there are not that
 * many.
 */
async function cleanAndDie(inner: CrashableFileSystem, skip: number, effect: FileFault['effect']) {
  const fileSystem = new FaultyFileSystem(inner)
  const { kit, log } = open(fileSystem)
  fileSystem.inject({ skip, code: 'killed', effect: effect! })
  await kit.cleaner.cleanNow(log).catch(() => {})
  if (!fileSystem.isDead) await kit.clock.advance(5000)
  const { isDead } = fileSystem
  kit.manager.discard()
  return isDead
}

test.each(['nothing', 'half', 'everything'] as const)(
  'the process may die at any file operation of a cleaning, of which %s happens',
  async (effect) => {
    let deaths = 0
    for (let isDead = true; isDead; deaths++) {
      const inner = new CrashableFileSystem()
      fill(inner)
      isDead = await cleanAndDie(inner, deaths, effect)
      checkRecovered(inner)
      await checkCleanable(inner)
    }
    expect(deaths).toBeGreaterThan(50)
  },
)

test('the power may fail at any file operation of a cleaning', async () => {
  let deaths = 0
  for (let isDead = true; isDead; deaths++) {
    const inner = new CrashableFileSystem()
    fill(inner)
    isDead = await cleanAndDie(inner, deaths, 'everything')
    for (let seed = 0; seed < 4; seed++) {
      const survivor = inner.afterPowerFailure(new SeededRandom(1000 * deaths + seed))
      checkRecovered(survivor)
      await checkCleanable(survivor)
    }
  }
  expect(deaths).toBeGreaterThan(50)
})
