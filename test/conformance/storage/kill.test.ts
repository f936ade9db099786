import { mkdtempSync, rmSync } from 'node:fs'
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

const ROUNDS = 20
const topic = 'survives'
const partitions = [0, 1]
/** Segments that end after some 20 kB, when their index is full. */
const config = { 'segment.index.bytes': 80, 'index.interval.bytes': 2000 }
const tornEnds = damagedBatches.filter(({ what }) => /in part|not even|zeros follow/.test(what))
const lostIndexes = damagedIndexes.filter(({ what }) => /gone|snapshot/.test(what))

const root = mkdtempSync(join(tmpdir(), 'odradek-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test(
  `after ${ROUNDS} times kill -9 all that was acknowledged is there, once and whole`,
  async () => {
    const seed = Date.now() % 2 ** 31
    console.log(`seed ${seed}`)
    const random = new SeededRandom(seed)
    const survivors = partitions.flatMap((partition) => [
      new Survivor(`idempotent-${partition}`, partition, true),
      new Survivor(`pipelining-${partition}`, partition, false),
      new Survivor(`another-${partition}`, partition, false),
    ])
    for (let round = 0; round < ROUNDS; round++) {
      const program = new Program('holds-directory', root)
      const broker = await program.next<{ port: number }>()
      if (round === 0) await createTopic(broker)
      expect(await faults(broker, survivors)).toEqual([])
      await produceUntilKilled(program, broker, survivors, 60 + random.int(300))
      // Not in every round, so that what a kill leaves is seen as it is, too.
      if (round % 3 === 1) {
        const damages = round % 2 === 0 ? tornEnds : lostIndexes
        const { inflict } = damages[random.int(damages.length)]!
        inflict(directoryOf(random.int(partitions.length)))
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
    for (const partition of partitions) {
      const files = dumpableFiles(directoryOf(partition))
      expect(files.length).toBeGreaterThan(20)
      expect(complaintsOf(await dumpFiles(java, files, '--deep-iteration'))).toEqual([])
      expect(complaintsOf(await dumpFiles(java, files, '--index-sanity-check'))).toEqual([])
    }
  },
  patienceMs,
)

function directoryOf(partition: number): string {
  return join(root, '1', `${topic}-${partition}`)
}

async function createTopic(broker: { port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  await client.createTopic(topic, partitions.length, config)
  client.close()
}

/** Kills the broker as soon as so many batches are acknowledged: whatever is on its way then is cut. */
async function produceUntilKilled(
  program: Program,
  broker: { port: number },
  survivors: readonly Survivor[],
  acknowledgements: number,
): Promise<void> {
  let left = acknowledgements
  const onAcknowledged = () => {
    if (--left === 0) void program.kill()
  }
  await Promise.all(
    survivors.map(async (survivor) =>
      survivor.produce(await RawClient.connect(broker), topic, onAcknowledged),
    ),
  )
  await program.kill()
}

async function faults(broker: { port: number }, survivors: readonly Survivor[]): Promise<string[]> {
  const client = await RawClient.connect(broker)
  const found: string[] = []
  for (const partition of partitions) {
    const batches = await readBatches(client, topic, partition)
    const own = survivors.filter((survivor) => survivor.partition === partition)
    found.push(...own.flatMap((survivor) => survivor.faultsIn(batches)))
  }
  client.close()
  return found
}
