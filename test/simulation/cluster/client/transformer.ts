import type { PlannedRecords, TransactionalProducer } from './transactional-producer.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { SESSION_TIMEOUT_MS } from '../settings.ts'
import type { Client } from './client.ts'
import { fetchOnce } from './fetcher.ts'
import type { Member } from './member.ts'
import { fetchOffsets } from './offsets.ts'

/**
 * A member that reads its partitions, and writes records and its offsets in transactions
 * (consume-transform-produce). A member that has lost its partitions cannot commit (KIP-447).
 */
export class Transformer {
  readonly #client: Client
  readonly #producer: TransactionalProducer

  constructor(client: Client, producer: TransactionalProducer) {
    this.#client = client
    this.#producer = producer
  }

  /** Transforms the next records of one partition. */
  async work({ group, owned, generation, memberId, instanceId }: Member): Promise<void> {
    const client = this.#client
    const { world, dice } = client
    if (world.isSettling || owned === undefined || owned.length === 0) return
    const partition = dice.pick(owned)
    const committed = await fetchOffsets(client, group, true)
    const from = Math.max(0, committed.get(partition) ?? 0)
    const topic = await client.topic(partition.slice(0, partition.lastIndexOf('-')))
    if (topic === undefined) return
    const to = await this.#read(topic, Number(partition.split('-').at(-1)), from)
    if (to === undefined || to === from) return
    // Meanwhile the group may give the partition to another member.
    await client.pass(dice.pick([0, 0, 0, SESSION_TIMEOUT_MS + 1500]))
    await this.#producer.transact(
      {
        records: this.#outputs(topic),
        offsets: {
          group,
          offsets: new Map([[partition, to]]),
          committer: { generation, memberId, instanceId },
        },
        pauseMs: dice.pick([0, 0, 50, 1000]),
        ending: dice.chance(0.85) ? 'committed' : 'aborted',
      },
      (transaction) => world.model.transforms.begin(group, partition, { from, to, transaction }),
    )
  }

  /** Reads once. Returns the next offset, or undefined if nothing can be read now. */
  async #read(topic: TopicModel, partition: number, from: number): Promise<number | undefined> {
    const maxBytes = this.#client.dice.pick([300, 4000])
    const options = { maxWaitMs: 0, minBytes: 0, maxBytes, isolationLevel: 1 }
    // The first records may have been deleted.
    for (let offset = from; ; offset++) {
      const fetched = await fetchOnce(this.#client, topic, partition, offset, options)
      if (typeof fetched === 'object') return fetched.nextOffset
      if (fetched !== 'outOfRange') return undefined
      if (offset > topic.partitions[partition]!.endOffset) return undefined
    }
  }

  #outputs(input: TopicModel): PlannedRecords[] {
    const { dice, world } = this.#client
    const topics = world.model.topics.listed.filter((topic) => topic !== input)
    if (topics.length === 0) return []
    const topic = dice.pick(topics)
    return [{ topic, partition: dice.int(topic.partitions.length), batches: 1 }]
  }
}
