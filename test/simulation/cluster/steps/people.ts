import type { Dice } from '../../dice.ts'
import { Client } from '../client/client.ts'
import type { GroupMember } from '../client/group-member.ts'
import { Producer } from '../client/producer.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { World } from '../world.ts'

/** The clients of a history. */
export class People {
  readonly members: GroupMember[] = []
  readonly #world: World
  readonly #producers = new Map<string, Producer>()
  readonly #transactional = new Map<string, TransactionalProducer[]>()
  readonly #clients: Client[] = []

  constructor(world: World) {
    this.#world = world
  }

  newClient(kind: string, dice: Dice): Client {
    const client = new Client(this.#world, `${kind}${this.#clients.length + 1}`, dice)
    this.#clients.push(client)
    return client
  }

  /** Returns one of two producers of a partition. */
  producer(topic: TopicModel, partition: number, dice: Dice): Producer {
    const key = `${topic.id} ${partition} ${dice.int(2)}`
    const known = this.#producers.get(key)
    if (known !== undefined) return known
    const producer = new Producer(this.newClient('producer', dice), topic, partition)
    this.#producers.set(key, producer)
    return producer
  }

  /**
   * Returns a producer with a transactional id: the last one, an older one that the last one has
   * fenced, or a new one. Returns undefined if it has not ended its transaction.
   */
  transactionalProducer(id: string, dice: Dice): TransactionalProducer | undefined {
    const known = (this.#transactional.get(id) ?? []).filter(({ hasEnded }) => !hasEnded)
    this.#transactional.set(id, known)
    if (known.length === 0 || dice.chance(0.15)) {
      const client = this.newClient('transactor', dice)
      known.push(new TransactionalProducer(client, this.#world.model.transactions.id(id)))
    }
    const chosen = dice.chance(0.75) ? known.at(-1)! : dice.pick(known)
    return chosen.isBusy ? undefined : chosen
  }

  /** Runs a member, for which the history does not wait: it stays until a later step ends it. */
  launch(member: GroupMember & { ended: Promise<void>; run(): Promise<void> }): void {
    this.members.push(member)
    member.ended = member.run().catch((error: unknown) => this.#world.time.fail(error as Error))
  }

  /** Closes all clients. */
  close(): void {
    for (const client of this.#clients) client.close()
  }

  /** Returns the members that have not ended. */
  living(): GroupMember[] {
    return this.members.filter(({ hasEnded }) => !hasEnded)
  }
}
