import { expect, test } from 'vitest'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { scaled } from '../../support/scale.ts'
import { immediate } from '../memory-internal-topic.ts'
import type { Producer } from './support.ts'
import { producerOf, TestCoordinator } from './support.ts'

const IDS = ['a', 'b', 'c']
const PARTITIONS = ['t-0', 't-1', 'u-0']
const STEPS = 25
const TIMEOUT_MS = 60_000
const DAY_MS = 86_400_000
/** Longer than the delay before another attempt to write that a transaction is complete. */
const RETRY_MS = 1000

/** How the responses say that a transaction was begun and ended, by transactional id. */
interface Known {
  producer: Producer | undefined
  partitions: Set<string>
}

/**
 * One history of requests from a seed. One append may fail. A model keeps what the responses say.
 */
class History {
  readonly coordinator: TestCoordinator
  readonly #random: SeededRandom
  readonly #known = new Map<string, Known>(
    IDS.map((id) => [id, { producer: undefined, partitions: new Set() }]),
  )

  constructor(seed: number, failingAppend: number, transactionVersion: number) {
    this.#random = new SeededRandom(seed)
    this.coordinator = new TestCoordinator({ transactionVersion })
    this.coordinator.topic.fails = (append) => append === failingAppend
  }

  async step(): Promise<void> {
    const id = IDS[this.#random.int(IDS.length)]!
    switch (this.#random.int(12)) {
      case 0:
        this.#forget(IDS)
        return this.coordinator.clock.advance(2 * TIMEOUT_MS)
      case 1:
        this.#forget(IDS)
        return this.coordinator.clock.advance(8 * DAY_MS)
      case 2:
      case 3:
        await this.#init(id, {})
        return
      case 4:
        await this.#init(id, this.#known.get(id)!.producer ?? {})
        return
      case 5:
      case 6:
      case 7:
      case 8:
        return this.#add(id)
      default:
        return this.#end(id)
    }
  }

  /** The partitions of each open transaction, as the model knows them. */
  get open(): readonly (readonly [id: string, partitions: readonly string[]])[] {
    return [...this.#known].map(([id, { partitions }]) => [id, [...partitions].toSorted()])
  }

  /** Starts a producer until it is not refused because a transaction is being aborted. */
  async #init(id: string, expected: object): Promise<void> {
    const known = this.#known.get(id)!
    for (let attempts = 0; attempts < 5; attempts++) {
      const response = this.coordinator.init(id, expected)
      const { errorCode } = response
      if (errorCode === ErrorCode.None) {
        known.producer = producerOf(response)
        known.partitions.clear()
        return
      }
      if (errorCode === ErrorCode.ConcurrentTransactions) known.partitions.clear()
      await this.coordinator.clock.advance(RETRY_MS)
    }
    known.producer = undefined
  }

  #add(id: string): void {
    const { producer, partitions } = this.#known.get(id)!
    if (producer === undefined) return
    const partition = PARTITIONS[this.#random.int(PARTITIONS.length)]!
    const version = this.coordinator.transactionVersion === 2 ? 5 : 3
    const [result] = this.coordinator.add(id, producer, [partition], version)
    if (result === `${partition} None`) partitions.add(partition)
  }

  async #end(id: string): Promise<void> {
    const known = this.#known.get(id)!
    const { producer, partitions } = known
    if (producer === undefined || partitions.size === 0) return
    const { coordinator } = this
    const isCommitted = this.#random.int(2) === 0
    const sent = coordinator.markers.sent.length
    const version = coordinator.transactionVersion === 2 ? 5 : 4
    const ended = coordinator.end(id, producer, isCommitted, version)
    const markers = coordinator.markers.sent.slice(sent)
    if (ended.errorCode !== ErrorCode.None) return expect(markers).toEqual([])
    expect(markers).toHaveLength(1)
    expect(markers[0]).toMatchObject({ transactionalId: id, isCommitted })
    expect(markers[0]!.partitions).toHaveLength(partitions.size)
    partitions.clear()
    if (version === 5) {
      known.producer = { producerId: ended.producerId!, producerEpoch: ended.producerEpoch! }
    }
    // The end may not be stored at first.
    await coordinator.clock.advance(RETRY_MS)
    // A retry of the same end succeeds, and writes no more markers.
    expect(coordinator.end(id, producer, isCommitted, version)).toEqual(ended)
    expect(coordinator.markers.sent).toHaveLength(sent + 1)
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#known.set(id, { producer: undefined, partitions: new Set() })
    }
  }
}

/** Returns the descriptions of all transactional ids. */
function stateOf(coordinator: TestCoordinator) {
  const { transactionStates } = immediate(
    coordinator.coordinator.describeTransactions({ transactionalIds: IDS }),
  )
  return transactionStates
}

/**
 * Returns what must be the same after a reload. With transactions v1 the epoch of a failed fence is
 * only in memory, as in Kafka.
 */
function storedState(coordinator: TestCoordinator) {
  const states = stateOf(coordinator)
  return coordinator.transactionVersion === 2
    ? states
    : states.map((state) => ({
        ...state,
        producerEpoch: state.transactionState === 'Ongoing' ? undefined : state.producerEpoch,
      }))
}

function openIn(coordinator: TestCoordinator) {
  return stateOf(coordinator).map(({ transactionalId, transactionState, topics }) => [
    transactionalId,
    transactionState === 'Ongoing'
      ? topics.flatMap(({ topic, partitions }) => partitions.map((p) => `${topic}-${p}`)).toSorted()
      : [],
  ])
}

/** Runs a history with one failing append, and returns how many appends there were. */
async function run(seed: number, failingAppend: number, transactionVersion: number) {
  const history = new History(seed, failingAppend, transactionVersion)
  const { coordinator } = history
  for (let step = 0; step < STEPS; step++) {
    await history.step()
    const place = `seed ${seed}, version ${transactionVersion}, append ${failingAppend} fails, step ${step}`
    expect(openIn(coordinator), place).toEqual(history.open)
    const { topic, clock } = coordinator
    const { appends } = topic
    const reread = new TestCoordinator({ topic, clock, transactionVersion, areMarkersHeld: true })
    expect(storedState(reread), place).toEqual(storedState(coordinator))
    reread.coordinator.close()
    expect(topic.appends, place).toBe(appends)
  }
  return coordinator.topic.appends
}

test.each([1, 2])(
  'whichever append fails, transactions are what the responses and the log say; transaction.version %i',
  async (transactionVersion) => {
    for (let seed = 1; seed <= scaled(10); seed++) {
      const appends = await run(seed, -1, transactionVersion)
      expect(appends).toBeGreaterThan(5)
      for (let append = 0; append < appends; append++) await run(seed, append, transactionVersion)
    }
  },
)
