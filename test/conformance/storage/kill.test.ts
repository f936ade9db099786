import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { Program } from '../../cluster/support/program.ts'
import { damagedBatches, damagedIndexes } from '../support/damage.ts'
import { complaintsOf, dumpableFiles, dumpFiles } from '../support/dump-log-segments.ts'
import { readBatches } from '../support/partition-answers.ts'
import { RawClient } from '../support/raw-client.ts'
import { Survivor } from '../support/survivors.ts'
import { patienceMs } from '../support/patience.ts'
import { testSeed } from '../../support/seed.ts'

const ROUNDS = 20
const root = mkdtempSync(join(tmpdir(), 'odradek-kill-'))
const topic = 'survives'
const compacted = 'compacted'
const partitions = [0, 1]
const directories = [`${topic}-0`, `${topic}-1`, `${compacted}-0`].map((name) =>
  join(root, '1', name),
)
/** Lets the cleaner run between two kills. */
const brokerConfig = { 'log.cleaner.backoff.ms': 10 }
/** Segments end after about 20 kB, when their index is full. */
const config = { 'segment.index.bytes': 80, 'index.interval.bytes': 2000 }
const tornEnds = damagedBatches.filter(({ what }) => /in part|not even|zeros follow/.test(what))
const lostIndexes = damagedIndexes.filter(({ what }) => /gone|snapshot/.test(what))

afterAll(() => rmSync(root, { recursive: true, force: true }))

test(
  `after ${ROUNDS} times kill -9 all that was acknowledged is there, once and whole`,
  async () => {
    const random = new SeededRandom(testSeed)
    const survivors = [
      ...partitions.flatMap((partition) => [
        new Survivor(`idempotent-${partition}`, { topic, partition, isIdempotent: true }),
        new Survivor(`pipelining-${partition}`, { topic, partition }),
        new Survivor(`another-${partition}`, { topic, partition }),
      ]),
      new Survivor('compacted', { topic: compacted, isCompacted: true }),
      new Survivor('compacted-idempotent', {
        topic: compacted,
        isCompacted: true,
        isIdempotent: true,
      }),
    ]
    for (let round = 0; round < ROUNDS; round++) {
      const program = new Program('holds-directory', root, JSON.stringify(brokerConfig))
      const broker = await program.next<{ port: number }>()
      if (round === 0) await createTopics(broker)
      expect(await faults(broker, survivors)).toEqual([])
      await produceUntilKilled(program, broker, survivors, 100 + random.int(300))
      // Not in every round, so that the files are also tested as a kill leaves them.
      if (round % 3 === 1) {
        const damages = round % 2 === 0 ? tornEnds : lostIndexes
        const { inflict } = damages[random.int(damages.length)]!
        // A compacted log may have no index to lose.
        const candidates = round % 2 === 0 ? directories.length : partitions.length
        inflict(directories[random.int(candidates)]!)
      }
    }
    const cluster = await startCluster({ dataDir: root })
    expect(await faults(cluster.brokers[0]!, survivors)).toEqual([])
    await cluster.close()
  },
  patienceMs,
)

const { java } = inject('tools')

test.skipIf(java.missing !== undefined)(
  'and DumpLogSegments finds nothing wrong',
  async () => {
    const files = directories.flatMap((directory) => dumpableFiles(directory))
    expect(files.length).toBeGreaterThan(50)
    const dump = await dumpFiles(java, files, '--deep-iteration')
    // A compacted log has gaps between offsets.
    const gaps = new RegExp(`^Non-consecutive offsets in .*/${compacted}-0/.*\\n(  .*\\n)+`, 'gm')
    expect(complaintsOf(dump.replaceAll(gaps, ''))).toEqual([])
    expect(complaintsOf(await dumpFiles(java, files, '--index-sanity-check'))).toEqual([])
  },
  patienceMs,
)

test('while the cleaner was running', () => {
  const checkpoint = readFileSync(join(root, '1', 'cleaner-offset-checkpoint'), 'utf8')
  expect(checkpoint).toMatch(new RegExp(`^${compacted} 0 [1-9]\\d{2,}$`, 'm'))
})

async function createTopics(broker: { port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  await client.createTopic(topic, partitions.length, config)
  const compaction = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': 0 }
  await client.createTopic(compacted, 1, { ...config, ...compaction })
  client.close()
}

/** Kills the broker as soon as this many batches are acknowledged, and so interrupts all others. */
async function produceUntilKilled(
  program: Program,
  broker: { port: number },
  survivors: readonly Survivor[],
  acknowledgements: number,
): Promise<void> {
  const clients = await Promise.all(survivors.map(() => RawClient.connect(broker)))
  let left = acknowledgements
  const onAcknowledged = () => {
    if (--left === 0) void program.kill()
  }
  await Promise.all(
    survivors.map((survivor, index) => survivor.produce(clients[index]!, onAcknowledged)),
  )
  await program.kill()
}

async function faults(broker: { port: number }, survivors: readonly Survivor[]): Promise<string[]> {
  const client = await RawClient.connect(broker)
  const found: string[] = []
  for (const survivor of survivors) {
    const batches = await readBatches(client, survivor.topic, survivor.partition)
    found.push(...survivor.faultsIn(batches))
  }
  client.close()
  return found
}
