import { InitProducerId } from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import { add, end, init, type Producer, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import type { Scene } from '../scene.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'

const api = 'InitProducerId'
/** `transaction.max.timeout.ms` */
const MAX_TIMEOUT_MS = 900_000
/** The highest epoch that a producer uses. The one above it fences it. */
const LAST_EPOCH = 32_766

function ask(
  scene: Scene,
  version: number,
  transactionalId: string | null,
  fields: Partial<RequestInput<typeof InitProducerId>> = {},
) {
  if (transactionalId !== null) scene.watchTransaction(transactionalId)
  const request = { transactionalId, transactionTimeoutMs: 60_000, ...fields }
  return scene.call(InitProducerId, version, request)
}

const scenarios: readonly Scenario[] = [
  {
    name: 'a transactional id gets a producer id, and a new epoch each time',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      await ask(scene, version, 'a')
      await ask(scene, version, 'a')
      await ask(scene, version, 'a', { transactionTimeoutMs: 1000 })
      await ask(scene, version, 'b')
    },
  },
  {
    name: 'a producer without a transactional id',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      await ask(scene, version, null)
      await ask(scene, version, null, { transactionTimeoutMs: -1 })
      await ask(scene, version, null, { transactionTimeoutMs: MAX_TIMEOUT_MS + 1 })
      if (version < 3) return
      await ask(scene, version, null, { producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 2 })
      await ask(scene, version, null, { producerId: UNKNOWN_PRODUCER_ID })
      await ask(scene, version, null, { producerEpoch: 2 })
    },
  },
  {
    name: 'an empty transactional id',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      await ask(scene, version, '')
      await ask(scene, version, '', { transactionTimeoutMs: 0 })
    },
  },
  {
    name: 'transaction timeouts',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      for (const transactionTimeoutMs of [0, -1, MAX_TIMEOUT_MS + 1, 2_147_483_647]) {
        await ask(scene, version, 'a', { transactionTimeoutMs })
      }
      await ask(scene, version, 'a', { transactionTimeoutMs: 1 })
      await ask(scene, version, 'b', { transactionTimeoutMs: MAX_TIMEOUT_MS })
      await ask(scene, version, 'b', { transactionTimeoutMs: 0 })
    },
  },
  {
    name: 'a producer that names its id and epoch (KIP-360)',
    api,
    versions: versions(3, 6),
    run: async (scene, version) => {
      const { producerId } = await ask(scene, version, 'a')
      await ask(scene, version, 'a', { producerId, producerEpoch: 0 })
      await ask(scene, version, 'a', { producerId, producerEpoch: 0 })
      await ask(scene, version, 'a', { producerId, producerEpoch: 1 })
      await ask(scene, version, 'a', { producerId, producerEpoch: 0 })
      await ask(scene, version, 'a', { producerId, producerEpoch: 9 })
      await ask(scene, version, 'a', { producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 2 })
      await ask(scene, version, 'a', { producerId })
      await ask(scene, version, 'a', { producerEpoch: 2 })
      await ask(scene, version, 'a', { producerId: -2, producerEpoch: 2 })
      await ask(scene, version, 'a', { producerId, producerEpoch: -2 })
      await ask(scene, version, 'a')
      await ask(scene, version, 'a', { producerId, producerEpoch: 2 })
      await ask(scene, version, 'new', { producerId, producerEpoch: 7 })
      await ask(scene, version, 'new', { producerId, producerEpoch: 7 })
      await ask(scene, version, 'newer', { producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 3 })
    },
  },
  {
    name: 'which error comes first',
    api,
    versions: versions(3, 6),
    run: async (scene, version) => {
      await ask(scene, version, 'a')
      const tooLong = { transactionTimeoutMs: MAX_TIMEOUT_MS + 1 }
      await ask(scene, version, '', { ...tooLong, producerId: UNKNOWN_PRODUCER_ID })
      await ask(scene, version, 'a', { ...tooLong, producerId: UNKNOWN_PRODUCER_ID })
      await ask(scene, version, 'a', {
        ...tooLong,
        producerId: UNKNOWN_PRODUCER_ID,
        producerEpoch: 5,
      })
      await ask(scene, version, null, { ...tooLong, producerId: UNKNOWN_PRODUCER_ID })
    },
  },
  {
    name: 'an open transaction is aborted by the next producer',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const zombie = await init(scene, 'a', { version })
      await add(scene, zombie, { t: [0] })
      await write(scene, zombie, 't', ['x'])
      await ask(scene, version, 'a')
      const next = await init(scene, 'a', { version })
      await write(scene, zombie, 't', ['y'])
      await add(scene, zombie, { t: [0] })
      await add(scene, zombie, { t: [0] }, 1)
      await end(scene, zombie, true)
      await end(scene, zombie, true, 1)
      await end(scene, next, false)
    },
  },
  {
    name: 'a producer that names its id and epoch aborts its own open transaction',
    api,
    versions: versions(3, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a', { version })
      await add(scene, first, { t: [0] })
      await write(scene, first, 't', ['x'])
      const { producerId, producerEpoch } = first
      await ask(scene, version, 'a', { producerId, producerEpoch: producerEpoch + 1 })
      await ask(scene, version, 'a', { producerId, producerEpoch })
      await ask(scene, version, 'a', { producerId, producerEpoch })
      await ask(scene, version, 'a', { producerId, producerEpoch: producerEpoch + 1 })
      await write(scene, first, 't', ['y'])
      await ask(scene, version, 'a')
    },
  },
  {
    name: 'a new timeout and a transaction after commit and after abort',
    api,
    versions: versions(0, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      for (const [committed, transactionTimeoutMs] of [
        [true, 10_000],
        [false, 20_000],
      ] as const) {
        const producer = await init(scene, 'a', { version, transactionTimeoutMs })
        await add(scene, producer, { t: [0] })
        await end(scene, producer, committed)
        await init(scene, 'a', { version })
      }
    },
  },
  {
    name: 'two-phase commit',
    api,
    versions: [6],
    run: async (scene, version) => {
      await scene.createTopic('t')
      await ask(scene, version, 'a', { enable2Pc: true })
      await ask(scene, version, 'a', { keepPreparedTxn: true })
      const first = await init(scene, 'a', { version })
      await add(scene, first, { t: [0] })
      await ask(scene, version, 'a', { enable2Pc: true, keepPreparedTxn: true })
      await ask(scene, version, 'a', { keepPreparedTxn: true })
      await ask(scene, version, null, { enable2Pc: true })
      await ask(scene, version, null, { keepPreparedTxn: true })
    },
  },
  {
    name: 'the last epoch of a producer id is followed by a new producer id',
    run: async (scene) => {
      await scene.createTopic('t')
      const first = await exhausted(scene, 'a')
      await add(scene, first, { t: [0] })
      await write(scene, first, 't', ['x'])
      await end(scene, first, true)
      const second = await init(scene, 'a')
      await write(scene, first, 't', ['y'])
      await end(scene, first, true)
      await add(scene, second, { t: [0] })
      await write(scene, second, 't', ['z'])
      await end(scene, second, true)
    },
  },
  {
    name: 'a producer with the last epoch names its id and epoch',
    run: async (scene) => {
      const { producerId, producerEpoch } = await exhausted(scene, 'a')
      await ask(scene, 5, 'a', { producerId, producerEpoch })
      await ask(scene, 5, 'a', { producerId, producerEpoch })
      await ask(scene, 5, 'a', { producerId, producerEpoch: producerEpoch - 1 })
    },
  },
  {
    name: 'an open transaction of the last epoch is aborted by the next producer',
    run: async (scene) => {
      await scene.createTopic('t')
      const zombie = await exhausted(scene, 'a')
      await add(scene, zombie, { t: [0] })
      await write(scene, zombie, 't', ['x'])
      await ask(scene, 5, 'a')
      await ask(scene, 5, 'a')
      await write(scene, zombie, 't', ['y'])
    },
  },
  {
    name: 'EndTxn of protocol 2 with the last epoch',
    run: async (scene) => {
      await scene.createTopic('t')
      const first = await exhausted(scene, 'a')
      await write(scene, first, 't', ['x'], { version: 12 })
      const second = await end(scene, first, true, 5)
      await end(scene, first, true, 5)
      await end(scene, first, false, 5)
      await write(scene, second, 't', ['y'], { version: 12 })
      await end(scene, second, true, 5)
    },
  },
]

/** Initialises a producer until it has the last epoch. */
async function exhausted(scene: Scene, transactionalId: string): Promise<Producer> {
  const first = await init(scene, transactionalId)
  const request = { transactionalId, transactionTimeoutMs: 60_000 }
  const PIPELINED = 256
  for (let epoch = first.producerEpoch; epoch < LAST_EPOCH - 1;) {
    const count = Math.min(PIPELINED, LAST_EPOCH - 1 - epoch)
    await Promise.all(Array.from({ length: count }, () => scene.send(InitProducerId, 5, request)))
    epoch += count
  }
  return init(scene, transactionalId)
}

export const initProducerId: Suite = { name: 'init-producer-id', setting: {}, scenarios }
