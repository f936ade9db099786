import { add, end, init, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'

const api = { api: 'Produce', versions: versions(3, 13) }
/** From this version on Produce adds its partitions to the transaction (KIP-890). */
const IMPLICIT = 12

const scenarios: readonly Scenario[] = [
  {
    name: 'Produce in a transaction',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      const producer = await init(scene, 'a')
      const endVersion = version < IMPLICIT ? 4 : 5
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x', 'y'], { version })
      await write(scene, producer, 't', ['z'], { version })
      await write(scene, producer, 't', ['x', 'y'], { version, sequence: 0 })
      await write(scene, producer, 't', ['gap'], { version, sequence: 7 })
      await write(scene, producer, 't', ['one'], { version, partition: 1 })
      const next = await end(scene, producer, true, endVersion)
      await write(scene, next, 't', ['late'], { version })
      await write(scene, next, 't', ['late'], { version, sequence: 0 })
      await end(scene, next, false, endVersion)
    },
  },
  {
    name: 'Produce outside a transaction',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await write(scene, producer, 't', ['x'], { version })
      await write(scene, producer, 't', ['y'], { version, isTransactional: false })
      await write(scene, producer, 't', ['z'], { version })
      await end(scene, producer, true, version < IMPLICIT ? 4 : 5)
      await write(scene, producer, 't', ['late'], { version })
    },
  },
  {
    name: 'Produce of wrong producers',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a')
      const producer = await init(scene, 'a')
      const wrong = [
        { ...producer, transactionalId: 'nobody' },
        { ...producer, transactionalId: '' },
        { ...producer, producerId: UNKNOWN_PRODUCER_ID },
        first,
        { ...producer, producerEpoch: 9 },
      ]
      for (const one of wrong) await write(scene, one, 't', ['x'], { version, sequence: 0 })
      await add(scene, producer, { t: [0] })
      for (const one of wrong) await write(scene, one, 't', ['x'], { version, sequence: 0 })
      await write(scene, producer, 't', ['x'], { version, transactionalId: null })
      await write(scene, producer, 't', ['y'], { version })
      for (const one of wrong) await write(scene, one, 't', ['z'], { version })
      await end(scene, producer, true, version < IMPLICIT ? 4 : 5)
    },
  },
  {
    name: 'Produce with a transactional id and a batch that is not transactional',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'], {
        version,
        isTransactional: false,
        transactionalId: 'a',
      })
      await write(scene, producer, 't', ['y'], { version })
      await write(scene, producer, 't', ['z'], { version, isTransactional: false })
    },
  },
  {
    name: 'Produce with transactions to missing partitions and internal topics',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await write(scene, producer, 't', ['x'], { version, partition: 4 })
      await write(scene, producer, 'nothing', ['x'], { version })
      // The ids of internal topics differ.
      if (version === 13) return
      await write(scene, producer, '__consumer_offsets', ['x'], { version })
      await write(scene, producer, '__transaction_state', ['x'], { version })
    },
  },
  {
    name: 'Produce in a transaction with acks 0 and 1',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'], { version, acks: 1 })
      await write(scene, producer, 't', ['y'], { version, acks: 2 })
      await end(scene, producer, true)
    },
  },
  {
    name: 'Produce with a sequence that does not begin at 0',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'], { version, sequence: 5 })
      await write(scene, producer, 't', ['y'], { version, sequence: 0 })
      const next = await end(scene, producer, true, version < IMPLICIT ? 4 : 5)
      const again = version < IMPLICIT ? await init(scene, 'a') : next
      await add(scene, again, { t: [0] })
      await write(scene, again, 't', ['z'], { version, sequence: 5 })
      await write(scene, again, 't', ['z'], { version, sequence: 0 })
    },
  },
]

export const produce: Suite = { name: 'produce', setting: {}, scenarios }
