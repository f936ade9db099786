import { add, addAsBroker, end, init, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'

const api = { api: 'EndTxn', versions: versions(0, 5) }
const results = [
  ['commit', true],
  ['abort', false],
] as const

const scenarios: readonly Scenario[] = [
  ...results.flatMap(([name, committed]): Scenario[] => [
    {
      name: `EndTxn ${name} retried with the same and with the other result`,
      ...api,
      run: async (scene, version) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a')
        await add(scene, producer, { t: [0] })
        await write(scene, producer, 't', ['x', 'y'])
        const next = await end(scene, producer, committed, version)
        await end(scene, producer, committed, version)
        await end(scene, producer, !committed, version)
        await end(scene, next, committed, version)
        await end(scene, next, !committed, version)
        const later = await init(scene, 'a')
        await end(scene, producer, committed, version)
        await end(scene, later, committed, version)
        await end(scene, later, !committed, version)
      },
    },
    {
      name: `EndTxn ${name} without a transaction`,
      ...api,
      run: async (scene, version) => {
        const producer = await init(scene, 'a')
        const next = await end(scene, producer, committed, version)
        await end(scene, producer, committed, version)
        await end(scene, next, committed, version)
        await end(scene, { ...producer, producerEpoch: 9 }, committed, version)
      },
    },
    {
      name: `EndTxn ${name} of a transaction without records`,
      ...api,
      run: async (scene, version) => {
        await scene.createTopic('t', { partitions: 2 })
        const producer = await init(scene, 'a')
        await add(scene, producer, { t: [0, 1] })
        await end(scene, producer, committed, version)
      },
    },
    {
      name: `EndTxn ${name} of wrong producers`,
      ...api,
      run: async (scene, version) => {
        await scene.createTopic('t')
        const first = await init(scene, 'a')
        const producer = await init(scene, 'a')
        await add(scene, producer, { t: [0] })
        await end(scene, { ...producer, transactionalId: 'nobody' }, committed, version)
        await end(scene, { ...producer, transactionalId: '' }, committed, version)
        await end(scene, { ...producer, producerId: UNKNOWN_PRODUCER_ID }, committed, version)
        await end(scene, { ...producer, producerId: -1 }, committed, version)
        await end(scene, first, committed, version)
        await end(scene, { ...producer, producerEpoch: 9 }, committed, version)
        await end(scene, { ...producer, producerEpoch: -1 }, committed, version)
        const both = { ...producer, producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 9 }
        await end(scene, both, committed, version)
        await end(scene, producer, committed, version)
      },
    },
    {
      name: `EndTxn ${name} of protocol 2, several transactions in a row`,
      run: async (scene) => {
        await scene.createTopic('t', { partitions: 2 })
        let producer = await init(scene, 'a')
        for (const partition of [0, 1, 0]) {
          await write(scene, producer, 't', ['x'], { version: 12, partition })
          producer = await end(scene, producer, committed, 5)
        }
        await end(scene, producer, committed, 5)
        await end(scene, producer, !committed, 5)
        await init(scene, 'a')
      },
    },
    {
      name: `EndTxn ${name} of protocol 2, then of protocol 1`,
      run: async (scene) => {
        await scene.createTopic('t')
        const first = await init(scene, 'a')
        await write(scene, first, 't', ['x'], { version: 12 })
        const second = await end(scene, first, committed, 5)
        await add(scene, second, { t: [0] })
        await write(scene, second, 't', ['y'])
        await end(scene, second, committed, 4)
        await end(scene, second, committed, 5)
        await end(scene, second, committed, 4)
        await write(scene, second, 't', ['z'], { version: 12 })
        await end(scene, second, committed, 5)
      },
    },
  ]),
  {
    name: 'abort of protocol 2 without a transaction bumps the epoch',
    run: async (scene) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a')
      const second = await end(scene, first, false, 5)
      await write(scene, first, 't', ['x'], { version: 12 })
      await addAsBroker(scene, [{ producer: first, topics: { t: [0] } }])
      await write(scene, second, 't', ['y'], { version: 12 })
      await end(scene, second, true, 5)
    },
  },
]

export const endTxn: Suite = { name: 'end-txn', setting: {}, scenarios }
