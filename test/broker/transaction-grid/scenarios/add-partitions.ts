import { add, addAsBroker, end, init, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'

const api = 'AddPartitionsToTxn'
const ofClients = versions(0, 3)
const ofBrokers = versions(4, 5)

const scenarios: readonly Scenario[] = [
  {
    name: 'AddPartitionsToTxn begins a transaction and extends it',
    api,
    versions: ofClients,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      const producer = await init(scene, 'a')
      await add(scene, producer, { t: [0] }, version)
      await add(scene, producer, { t: [0] }, version)
      await add(scene, producer, { t: [0, 1, 1] }, version)
      await add(scene, producer, {}, version)
      await end(scene, producer, true)
      await add(scene, producer, { t: [2] }, version)
      await end(scene, producer, false)
      await add(scene, producer, {}, version)
    },
  },
  {
    name: 'AddPartitionsToTxn of wrong producers',
    api,
    versions: ofClients,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a')
      const producer = await init(scene, 'a')
      const partitions = { t: [0] }
      await add(scene, { ...producer, transactionalId: 'nobody' }, partitions, version)
      await add(scene, { ...producer, transactionalId: '' }, partitions, version)
      await add(scene, { ...producer, producerId: UNKNOWN_PRODUCER_ID }, partitions, version)
      await add(scene, { ...producer, producerId: -1 }, partitions, version)
      await add(scene, first, partitions, version)
      await add(scene, { ...producer, producerEpoch: 9 }, partitions, version)
      await add(scene, { ...producer, producerEpoch: -1 }, partitions, version)
      await add(
        scene,
        { ...producer, producerId: UNKNOWN_PRODUCER_ID, producerEpoch: 9 },
        partitions,
        version,
      )
      await add(scene, producer, partitions, version)
      await add(scene, first, partitions, version)
      await add(scene, { ...producer, producerEpoch: 9 }, partitions, version)
    },
  },
  {
    name: 'AddPartitionsToTxn of wrong partitions adds none',
    api,
    versions: ofClients,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      const producer = await init(scene, 'a')
      await add(scene, producer, { nothing: [0] }, version)
      await add(scene, producer, { t: [0, 2] }, version)
      await add(scene, producer, { t: [0, -1], nothing: [0, 1] }, version)
      await add(scene, producer, { t: [0], 'in valid': [0] }, version)
      await add(scene, producer, { t: [0], '': [0] }, version)
      await add(scene, { ...producer, producerEpoch: 9 }, { t: [0], nothing: [0] }, version)
      await add(scene, { ...producer, transactionalId: '' }, { t: [0], nothing: [0] }, version)
      await add(scene, { ...producer, transactionalId: '' }, {}, version)
      await add(scene, { ...producer, transactionalId: 'nobody' }, {}, version)
    },
  },
  {
    name: 'AddPartitionsToTxn of internal topics',
    api,
    versions: ofClients,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await add(scene, producer, { __consumer_offsets: [0], t: [0] }, version)
      await add(scene, producer, { __transaction_state: [0] }, version)
      await add(scene, producer, { __cluster_metadata: [0] }, version)
    },
  },
  {
    name: 'AddPartitionsToTxn of brokers adds and verifies',
    api,
    versions: ofBrokers,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 3 })
      const producer = await init(scene, 'a')
      const verify = (partitions: readonly number[]) =>
        addAsBroker(scene, [{ producer, topics: { t: partitions }, verifyOnly: true }], version)
      await verify([0])
      await addAsBroker(scene, [{ producer, topics: { t: [0] } }], version)
      await verify([0])
      await verify([0, 1])
      await verify([2])
      await end(scene, producer, true)
      await verify([0])
      await addAsBroker(scene, [{ producer, topics: { t: [1, 1] } }], version)
      await end(scene, producer, false)
      await verify([1])
    },
  },
  {
    name: 'AddPartitionsToTxn of brokers about several transactions',
    api,
    versions: ofBrokers,
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      const a = await init(scene, 'a')
      const b = await init(scene, 'b')
      const c = { ...a, transactionalId: 'c' }
      // Kafka never answers a request without transactions.
      await addAsBroker(
        scene,
        [
          { producer: a, topics: { t: [0] } },
          { producer: b, topics: { t: [0, 1] } },
          { producer: c, topics: { t: [0] } },
        ],
        version,
      )
      await addAsBroker(
        scene,
        [
          { producer: a, topics: { t: [0, 1] }, verifyOnly: true },
          { producer: b, topics: { t: [0, 1], nothing: [0] }, verifyOnly: true },
          { producer: c, topics: { t: [0] }, verifyOnly: true },
        ],
        version,
      )
      await addAsBroker(
        scene,
        [
          { producer: a, topics: { t: [1], nothing: [0] } },
          { producer: b, topics: { t: [0] } },
        ],
        version,
      )
      await addAsBroker(scene, [{ producer: a, topics: {} }], version)
    },
  },
  {
    name: 'AddPartitionsToTxn of brokers for wrong producers',
    api,
    versions: ofBrokers,
    run: async (scene, version) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a')
      const producer = await init(scene, 'a')
      const wrong = [
        { ...producer, transactionalId: '' },
        { ...producer, producerId: UNKNOWN_PRODUCER_ID },
        first,
        { ...producer, producerEpoch: 9 },
      ]
      for (const verifyOnly of [false, true]) {
        for (const one of wrong) {
          await addAsBroker(scene, [{ producer: one, topics: { t: [0] }, verifyOnly }], version)
        }
      }
      await addAsBroker(scene, [{ producer, topics: { t: [0] } }], version)
      for (const one of wrong) {
        await addAsBroker(scene, [{ producer: one, topics: { t: [0] }, verifyOnly: true }], version)
      }
    },
  },
  {
    name: 'partitions that are not added to the transaction are refused by Produce',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      const producer = await init(scene, 'a')
      await write(scene, producer, 't', ['x'])
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'])
      await write(scene, producer, 't', ['y'], { partition: 1 })
      await write(scene, producer, 't', ['z'])
      await end(scene, producer, true)
      await write(scene, producer, 't', ['outside'])
      await write(scene, producer, 't', ['outside'], { partition: 1 })
    },
  },
]

export const addPartitions: Suite = { name: 'add-partitions', setting: {}, scenarios }
