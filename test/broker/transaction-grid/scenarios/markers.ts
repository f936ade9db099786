import { add, addOffsets, commitOffsets, end, init, write, writeMarkers } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import { FIRST_SENT_EPOCH, UNKNOWN_PRODUCER_ID } from '../text.ts'

const api = { api: 'WriteTxnMarkers', versions: versions(1, 2) }
const coordinatorEpoch = FIRST_SENT_EPOCH

const scenarios: readonly Scenario[] = [
  ...([true, false] as const).flatMap((committed): Scenario[] => {
    const name = committed ? 'COMMIT' : 'ABORT'
    return [
      {
        name: `${name} marker of an open transaction`,
        ...api,
        run: async (scene, version) => {
          await scene.createTopic('t', { partitions: 2 })
          const producer = await init(scene, 'a')
          await add(scene, producer, { t: [0] })
          await write(scene, producer, 't', ['x'])
          const marker = { producer, committed, topics: { t: [0] }, coordinatorEpoch }
          await writeMarkers(scene, [marker], version)
          await writeMarkers(scene, [marker], version)
          await writeMarkers(scene, [{ ...marker, committed: !committed }], version)
          await writeMarkers(scene, [{ ...marker, topics: { t: [0, 1] } }], version)
        },
      },
      {
        name: `${name} marker with another epoch`,
        ...api,
        run: async (scene, version) => {
          await scene.createTopic('t')
          await init(scene, 'a')
          const producer = await init(scene, 'a')
          await add(scene, producer, { t: [0] })
          await write(scene, producer, 't', ['x'])
          const { producerId } = producer
          for (const producerEpoch of [0, 5, 3, 5, -1]) {
            const one = { producerId, producerEpoch }
            const marker = { producer: one, committed, topics: { t: [0] }, coordinatorEpoch }
            await writeMarkers(scene, [marker], version)
          }
          await write(scene, producer, 't', ['y'])
        },
      },
      {
        name: `${name} marker of protocol 2 needs a higher epoch`,
        api: 'WriteTxnMarkers',
        versions: [2],
        run: async (scene, version) => {
          await scene.createTopic('t')
          const producer = await init(scene, 'a')
          await add(scene, producer, { t: [0] })
          await write(scene, producer, 't', ['x'])
          const { producerId } = producer
          for (const producerEpoch of [0, 1, 1, 2, 0]) {
            const one = { producerId, producerEpoch }
            const marker = { producer: one, committed, topics: { t: [0] }, coordinatorEpoch }
            await writeMarkers(scene, [{ ...marker, transactionVersion: 2 }], version)
          }
          const one = { producerId, producerEpoch: 3 }
          const marker = { producer: one, committed, topics: { t: [0] }, coordinatorEpoch }
          await writeMarkers(scene, [{ ...marker, transactionVersion: 1 }], version)
          await writeMarkers(scene, [{ ...marker, transactionVersion: 3 }], version)
          await writeMarkers(scene, [{ ...marker, transactionVersion: -1 }], version)
        },
      },
    ]
  }),
  {
    name: 'markers of a coordinator with an older epoch are fenced',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      for (const epoch of [5, 4, 5, 6, 1, -1]) {
        const coordinator = { coordinatorEpoch: FIRST_SENT_EPOCH + epoch }
        const marker = { producer, committed: true, topics: { t: [0] }, ...coordinator }
        await writeMarkers(scene, [marker], version)
      }
    },
  },
  {
    name: 'markers of unknown producers, and in missing and internal topics',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = { producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 0 }
      const marker = { producer, committed: true, coordinatorEpoch }
      await writeMarkers(scene, [], version)
      await writeMarkers(scene, [{ ...marker, topics: {} }], version)
      await writeMarkers(scene, [{ ...marker, topics: { nothing: [0] } }], version)
      await writeMarkers(scene, [{ ...marker, topics: { t: [0, 3], nothing: [0] } }], version)
      await writeMarkers(scene, [{ ...marker, topics: { t: [-1] } }], version)
      await writeMarkers(scene, [{ ...marker, topics: { __transaction_state: [0] } }], version)
    },
  },
  {
    name: 'several markers in one request',
    ...api,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      const a = await init(scene, 'a')
      const b = await init(scene, 'b')
      await add(scene, a, { t: [0, 1] })
      await add(scene, b, { t: [0] })
      await write(scene, a, 't', ['a'])
      await write(scene, b, 't', ['b'])
      await writeMarkers(
        scene,
        [
          { producer: a, committed: true, topics: { t: [0, 1] }, coordinatorEpoch },
          { producer: b, committed: false, topics: { t: [0] }, coordinatorEpoch },
        ],
        version,
      )
    },
  },
  ...([true, false] as const).map((committed): Scenario => {
    const name = committed ? 'COMMIT' : 'ABORT'
    return {
      name: `${name} marker in __consumer_offsets`,
      ...api,
      run: async (scene, version) => {
        await scene.createTopic('t')
        scene.watchGroup('g')
        const producer = await init(scene, 'a')
        await addOffsets(scene, producer, 'g')
        await commitOffsets(scene, producer, 'g', { t: { 0: 3 } })
        const topics = { __consumer_offsets: [0] }
        const marker = { producer, committed, topics, coordinatorEpoch: 0 }
        const { producerId, producerEpoch } = producer
        await writeMarkers(
          scene,
          [{ ...marker, producer: { producerId, producerEpoch: producerEpoch - 1 } }],
          version,
        )
        await writeMarkers(scene, [marker], version)
        await writeMarkers(scene, [{ ...marker, topics: { __consumer_offsets: [4] } }], version)
        await end(scene, producer, !committed)
      },
    }
  }),
  {
    name: 'a coordinator that a marker has fenced does not end its transaction',
    run: async (scene) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'])
      const marker = { producer, committed: false, topics: { t: [0] }, coordinatorEpoch }
      await writeMarkers(scene, [marker])
      await write(scene, producer, 't', ['y'])
      scene.hold('t-0')
      await end(scene, producer, true)
      await end(scene, producer, true)
      await end(scene, producer, false)
      await init(scene, 'a')
    },
  },
  {
    name: 'a transaction that ends after its marker was written by hand',
    run: async (scene) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'])
      const marker = { producer, committed: false, topics: { t: [0] }, coordinatorEpoch: 0 }
      await writeMarkers(scene, [marker])
      await end(scene, producer, true)
    },
  },
]

export const markers: Suite = { name: 'markers', setting: {}, scenarios }
