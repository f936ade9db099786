import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../src/platform/random.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  ApiVersions,
  EndTxn,
  InitProducerId,
} from '../../src/protocol/messages/index.ts'
import { scaled } from '../support/scale.ts'
import type { InterceptedRequest, Verdict } from './support/intercepted-network.ts'
import { RecordCopier, type CopierOptions } from './support/record-copier.ts'
import { advanceUntil, type TestClients } from './support/test-client.ts'
import { partitionsOf, protocols, read, startWithVersion } from './support/transactional-clients.ts'

const RECORDS = 45
const seeds = Array.from({ length: scaled(60) }, (_, seed) => seed + 1)
const fewerSeeds = seeds.slice(0, Math.ceil(seeds.length / 3))
const alone = [{ transactionalId: 't', isMember: false }]
const members = [1, 2].map((id) => ({ transactionalId: `t-${id}`, isMember: true }))

describe.each(protocols)('copying in transactions (transaction.version %i)', (level) => {
  const start = (): Promise<TestClients> =>
    startWithVersion(level, { requestTimeoutMs: 1_000, retryTimeoutMs: 600_000 })

  it.each(seeds)('copies each record once over a network with faults (seed %i)', async (seed) => {
    const clients = await start()
    const random = new SeededRandom(seed)
    const sent = await fill(clients, random)
    clients.network.verdict = faults(random)
    await copyAll(clients, random, alone)
    clients.network.verdict = () => undefined
    expect(await read(clients, 'invoices', 'read_committed')).toEqual(sent)
  })

  it.each(fewerSeeds)(
    'copies each record once as a group that rebalances (seed %i)',
    async (seed) => {
      const clients = await start()
      const random = new SeededRandom(seed)
      const sent = await fill(clients, random)
      clients.network.verdict = faults(random)
      await copyAll(clients, random, members)
      clients.network.verdict = () => undefined
      expect(await read(clients, 'invoices', 'read_committed')).toEqual(sent)
    },
  )

  it.each(fewerSeeds)('copies each record once while brokers die (seed %i)', async (seed) => {
    const clients = await start()
    const random = new SeededRandom(seed)
    const sent = await fill(clients, random)
    const outages = new Outages(clients, random)
    await copyAll(clients, random, alone, () => outages.maybe())
    await outages.over()
    expect(await read(clients, 'invoices', 'read_committed')).toEqual(sent)
  })
})

/** Sends the records of `orders`. Returns their values by partition. */
async function fill({ newClient, clock }: TestClients, random: SeededRandom): Promise<string[][]> {
  const producer = newClient().producer()
  const sent = partitionsOf('orders').map((): string[] => [])
  for (let i = 0; i < RECORDS; i++) {
    const partition = random.int(sent.length)
    sent[partition]!.push(String(i))
    const record = { topic: 'orders', partition, value: Buffer.from(String(i)) }
    await advanceUntil(clock, producer.send(record))
  }
  return sent
}

/** Copies all records. Some transactions are aborted, and some copiers are replaced. */
async function copyAll(
  { clock, newClient }: TestClients,
  random: SeededRandom,
  options: readonly CopierOptions[],
  beforeStep = (): void => {},
): Promise<void> {
  const newCopier = (index: number): RecordCopier => new RecordCopier(newClient(), options[index]!)
  const copiers = options.map((_, index) => newCopier(index))
  for (let count = 0; count < RECORDS;) {
    const index = random.int(copiers.length)
    const copier = copiers[index]!
    const dice = random.int(10)
    beforeStep()
    const isUsable = await advanceUntil(clock, copier.copy(1 + random.int(5), dice === 0))
    // A copier that is replaced without need is a zombie from then on.
    if (!isUsable || dice === 1) copiers[index] = newCopier(index)
    count = await advanceUntil(clock, copier.copiedCount())
  }
}

const refusals = [
  ErrorCode.ConcurrentTransactions,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.NotCoordinator,
  ErrorCode.CoordinatorNotAvailable,
]
const coordinated: ReadonlySet<number> = new Set([
  InitProducerId.key,
  AddOffsetsToTxn.key,
  EndTxn.key,
])

/** Some requests are lost, some responses are, and some are refused or never answered. */
function faults(random: SeededRandom): (request: InterceptedRequest) => Verdict {
  return ({ api }) => {
    if (api.key === ApiVersions.key) return undefined
    const dice = random.int(100)
    if (dice < 6) return 'loseResponse'
    if (dice < 10) return 'cut'
    if (dice < 11) return 'hang'
    if (dice >= 20 || !coordinated.has(api.key)) return undefined
    const errorCode = refusals[random.int(refusals.length)]!
    return { answer: { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 } }
  }
}

/** Kills or stops a broker now and then; it starts again some time later. */
class Outages {
  readonly #clients: TestClients
  readonly #random: SeededRandom
  #current: Promise<void> | undefined

  constructor(clients: TestClients, random: SeededRandom) {
    this.#clients = clients
    this.#random = random
  }

  maybe(): void {
    if (this.#current !== undefined || this.#random.int(4) > 0) return
    this.#current = this.#outage().finally(() => (this.#current = undefined))
  }

  /** Resolves when all brokers run. */
  async over(): Promise<void> {
    if (this.#current !== undefined) await advanceUntil(this.#clients.clock, this.#current)
  }

  async #outage(): Promise<void> {
    const { cluster, clock } = this.#clients
    const broker = cluster.broker(1 + this.#random.int(2))
    const isKilled = this.#random.int(2) === 0
    const pauseMs = this.#random.int(3_000)
    await (isKilled ? broker.kill() : broker.stop())
    await new Promise<void>((resolve) => {
      clock.schedule(pauseMs, resolve)
    })
    await broker.start()
  }
}
