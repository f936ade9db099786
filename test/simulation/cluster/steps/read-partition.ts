import type { Client } from '../client/client.ts'
import { fetchOnce, type FetchOptions } from '../client/fetcher.ts'
import { SessionFetcher } from '../client/session-fetcher.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { StepContext } from './steps.ts'

/** The number of fetches after which a partition counts as unreadable. */
const MAX_ATTEMPTS = 200

/** Fetches a few times from a random offset, like a consumer. */
export async function fetchSome(
  client: Client,
  topic: TopicModel,
  partition: number,
): Promise<void> {
  const { dice } = client
  const { endOffset } = topic.partitions[partition]!
  let offset = dice.pick([0, dice.int(endOffset + 1), endOffset, endOffset + dice.int(3)])
  for (let fetches = dice.between(1, 5); fetches > 0; fetches--) {
    if (dice.chance(0.1)) {
      const port = await client.leaderPort(topic.id, partition)
      if (port !== undefined) client.connection(port).pauseReading(dice.between(10, 800))
    }
    const options: FetchOptions = {
      maxWaitMs: dice.pick([0, 50, 500, 1500]),
      minBytes: dice.pick([0, 1, 1, 400]),
      maxBytes: dice.pick([1, 300, 4000, 1_000_000]),
      isolationLevel: dice.int(2),
    }
    const fetched = await fetchOnce(client, topic, partition, offset, options)
    if (fetched === 'gone') break
    if (fetched === 'outOfRange') offset = 0
    else if (fetched === 'again') await client.backOff()
    else offset = fetched.nextOffset
  }
  client.close()
}

/** Fetches a few times from several partitions of one broker, in a fetch session. */
export async function fetchInSession({ world, people, dice }: StepContext): Promise<void> {
  const client = people.newClient('consumer', dice)
  await client.refresh()
  const fetcher = new SessionFetcher(client, world.anyPort(dice))
  for (const topic of world.model.topics.listed) {
    for (const partition of topic.partitions.keys()) {
      const port = await client.leaderPort(topic.id, partition)
      if (port === fetcher.port && dice.chance(0.7)) fetcher.add(topic, partition)
    }
  }
  for (let fetches = fetcher.isEmpty ? 0 : dice.between(2, 8); fetches > 0; fetches--) {
    if (!(await fetcher.fetch())) break
    await client.pass(dice.pick([0, 20, 300]))
  }
  client.close()
}

/** Reads a whole partition and checks that no acknowledged record is missing. */
export async function readWhole(
  client: Client,
  topic: TopicModel,
  partition: number,
): Promise<void> {
  const model = topic.partitions[partition]!
  const options = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 1 }
  let offset = 0
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const fetched = await fetchOnce(client, topic, partition, offset, options)
    if (fetched === 'gone') return
    if (fetched === 'outOfRange') {
      offset++
      continue
    }
    if (
      fetched === 'again' ||
      fetched.highWatermark < model.endOffset ||
      fetched.lastStableOffset < fetched.highWatermark
    ) {
      await client.backOff()
      continue
    }
    // A power failure may lose the last records of a segment, so that nothing is there to read.
    if (client.world.lostAtMs > -Infinity && fetched.nextOffset === offset) return
    offset = fetched.nextOffset
    if (offset >= fetched.highWatermark) {
      model.checkComplete(fetched.logStartOffset, fetched.highWatermark, client.nowMs)
      return
    }
  }
  client.world.disagree(`${model.name} cannot be read`)
}
