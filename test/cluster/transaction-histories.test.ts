import { expect, test } from 'vitest'
import type { TransactionHold, TransactionTransition } from '../../src/index.ts'
import { stateName, stateOfId } from '../../src/coordinator/transaction/transaction-state.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { TransactionLogRecord } from '../../src/protocol/internal/transaction-log.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { fetchOne } from '../broker/support.ts'
import { scaled } from '../support/scale.ts'
import { ID, MINUTE_MS, start, TransactionalProducer } from './support/transactional-producer.ts'

const STEPS = 40

/** One history of two producers, holds, timeouts and a coordinator that dies, from a seed. */
class History {
  readonly seen: TransactionTransition[] = []
  readonly #scene: Awaited<ReturnType<typeof start>>
  readonly #random: SeededRandom
  readonly #holds: TransactionHold[] = []
  #producers: TransactionalProducer[] = []

  static async start(seed: number): Promise<History> {
    const topics = [{ name: 'orders', partitions: 2 }]
    const scene = await start({ topics, config: ONE_PARTITION })
    const history = new History(scene, new SeededRandom(seed))
    scene.transaction.onTransition((transition) => history.seen.push(transition))
    return history
  }

  private constructor(scene: Awaited<ReturnType<typeof start>>, random: SeededRandom) {
    this.#scene = scene
    this.#random = random
  }

  async step(): Promise<void> {
    const { transaction, clock, cluster } = this.#scene
    const producer = this.#producers[this.#random.int(2)]
    const action = this.#random.int(producer === undefined ? 1 : 16)
    if (action === 0) await this.#open()
    else if (action === 1) await producer!.init()
    else if (action < 7) await producer!.add('orders', this.#random.int(2))
    else if (action < 12) await producer!.end(action < 10)
    else if (action === 12) this.#holdOrRelease()
    else if (action === 13) await clock.advance(this.#random.int(MINUTE_MS))
    else if (action === 14) await transaction.expire().catch(() => {})
    else {
      await cluster.broker(1).kill()
      await cluster.broker(1).start()
      this.#producers = []
    }
  }

  /** Releases everything. Resolves when no transaction is prepared. */
  async end(): Promise<void> {
    const { transaction } = this.#scene
    for (const hold of this.#holds) hold.release()
    if (transaction.state === undefined) return
    await transaction.waitFor(['Empty', 'Ongoing', 'CompleteCommit', 'CompleteAbort'])
  }

  /** Returns the state and the epoch in each record of the transactional id. */
  async stored(): Promise<string[]> {
    const { records } = await fetchOne(await this.#scene.connect(), '__transaction_state')
    return [...batchesOf(records!)]
      .flatMap((each) => [...recordsOf(each)])
      .map(({ value }) => TransactionLogRecord.decodeValue(value!))
      .map((value) => `${stateName(stateOfId(value.transactionStatus)!)} ${value.producerEpoch}`)
  }

  async #open(): Promise<void> {
    const producer = await TransactionalProducer.open(this.#scene.scene, ID)
    this.#producers = [producer, ...this.#producers].slice(0, 2)
  }

  #holdOrRelease(): void {
    const hold = this.#holds.pop()
    if (hold === undefined) this.#holds.push(this.#scene.transaction.hold())
    else hold.release()
  }
}

const ONE_PARTITION = { 'transaction.state.log.num.partitions': 1 }

test('every record of a transactional id is one transition, in order', async () => {
  const states = new Set<string>()
  for (let seed = 1; seed <= scaled(50); seed++) {
    const history = await History.start(seed)
    for (let step = 0; step < STEPS; step++) await history.step()
    await history.end()
    const seen = history.seen.map(({ state, producerEpoch }) => `${state} ${producerEpoch}`)
    expect(seen, `seed ${seed}`).toEqual(await history.stored())
    const previous = history.seen.map(({ previousState }) => previousState)
    const following = history.seen.map(({ state }) => state)
    expect(previous, `seed ${seed}`).toEqual([undefined, ...following.slice(0, -1)])
    for (const state of following) states.add(state)
  }
  expect(states.size).toBe(6)
}, 120_000)
