import { add, addAsBroker, addOffsets, commitOffsets, end, init, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'

/**
 * Scenarios that depend on the level of `transaction.version`, and on verification.
 *
 * @param isProtocol2 whether requests of transaction protocol 2 are sent. With level 0 Kafka blocks
 *   the transactional id after such a request until a restart
 */
const scenariosWith = (isProtocol2: boolean): readonly Scenario[] => [
  {
    name: 'InitProducerId, commit and abort',
    api: 'InitProducerId',
    versions: versions(0, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const first = await init(scene, 'a', { version })
      await add(scene, first, { t: [0] })
      await write(scene, first, 't', ['x'])
      await end(scene, first, true)
      await add(scene, first, { t: [0] })
      await init(scene, 'a', { version })
      const second = await init(scene, 'a', { version })
      await end(scene, second, false)
    },
  },
  {
    name: 'Produce that is not preceded by AddPartitionsToTxn',
    api: 'Produce',
    versions: versions(3, isProtocol2 ? 13 : 11),
    run: async (scene, version) => {
      await scene.createTopic('t', { partitions: 2 })
      const producer = await init(scene, 'a')
      await write(scene, producer, 't', ['x'], { version })
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['y'], { version })
      await write(scene, producer, 't', ['z'], { version, partition: 1 })
      await end(scene, producer, true)
      await write(scene, producer, 't', ['late'], { version })
      await write(scene, { ...producer, producerEpoch: 9 }, 't', ['newer'], { version })
    },
  },
  {
    name: 'EndTxn retried with the same and with the other result',
    api: 'EndTxn',
    versions: versions(0, isProtocol2 ? 5 : 4),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await end(scene, producer, true, version)
      await end(scene, producer, false, version)
      for (const committed of [true, false]) {
        await add(scene, producer, { t: [0] })
        await write(scene, producer, 't', ['x'])
        await end(scene, producer, committed, version)
        await end(scene, producer, committed, version)
        await end(scene, producer, !committed, version)
      }
    },
  },
  {
    name: 'TxnOffsetCommit with and without AddOffsetsToTxn',
    api: 'TxnOffsetCommit',
    versions: versions(0, isProtocol2 ? 6 : 4),
    run: async (scene, version) => {
      await scene.createTopic('t')
      scene.watchGroup('g')
      const producer = await init(scene, 'a')
      await commitOffsets(scene, producer, 'g', { t: { 0: 1 } }, { version })
      await addOffsets(scene, producer, 'g')
      await commitOffsets(scene, producer, 'g', { t: { 0: 2 } }, { version })
      await end(scene, producer, true)
      await commitOffsets(scene, producer, 'g', { t: { 0: 3 } }, { version })
    },
  },
  {
    name: 'AddPartitionsToTxn of clients and of brokers',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      const producer = await init(scene, 'a')
      for (const version of versions(0, 3)) await add(scene, producer, { t: [0] }, version)
      for (const version of versions(4, 5)) {
        for (const verifyOnly of isProtocol2 ? [true, false] : [true]) {
          await addAsBroker(scene, [{ producer, topics: { t: [1] }, verifyOnly }], version)
        }
      }
    },
  },
  {
    name: 'a transaction that times out',
    run: async (scene) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a', { transactionTimeoutMs: 1500 })
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'])
      await scene.waitFor('a', 'CompleteAbort')
      await end(scene, producer, true)
      await end(scene, producer, false, 5)
      const { producerId, producerEpoch } = producer
      await init(scene, 'a', { producerId, producerEpoch })
      await init(scene, 'a')
    },
  },
  {
    name: 'two-phase commit',
    run: async (scene) => {
      await scene.createTopic('t')
      await init(scene, 'a', { version: 6, enable2Pc: true })
      await init(scene, 'a', { version: 6, enable2Pc: true, keepPreparedTxn: true })
    },
  },
]

/** Requests of transaction protocol 2 when transactions have level 0. */
const refused: readonly Scenario[] = [
  {
    name: 'Produce of protocol 2 with transaction.version 0',
    api: 'Produce',
    versions: versions(12, 13),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await write(scene, producer, 't', ['x'], { version })
    },
  },
  {
    name: 'TxnOffsetCommit of protocol 2 with transaction.version 0',
    api: 'TxnOffsetCommit',
    versions: versions(5, 6),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await commitOffsets(scene, producer, 'g', { t: { 0: 1 } }, { version })
    },
  },
  {
    name: 'EndTxn of protocol 2 with transaction.version 0',
    run: async (scene) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      await end(scene, producer, true, 5)
      await add(scene, producer, { t: [0] })
      await write(scene, producer, 't', ['x'])
      await end(scene, { ...producer, producerEpoch: 9 }, true, 5)
      await end(scene, producer, true, 5)
      const other = await init(scene, 'b')
      await end(scene, other, false, 5)
    },
  },
  {
    name: 'AddPartitionsToTxn of protocol 2 with transaction.version 0',
    api: 'AddPartitionsToTxn',
    versions: versions(4, 5),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const producer = await init(scene, 'a')
      const topics = { t: [0] }
      await addAsBroker(scene, [{ producer: { ...producer, producerEpoch: 9 }, topics }], version)
      await addAsBroker(scene, [{ producer, topics }], version)
    },
  },
]

export const transactionVersions: readonly Suite[] = [
  {
    name: 'transaction-version-0',
    setting: { features: { 'transaction.version': 0 } },
    scenarios: [...scenariosWith(false), ...refused],
  },
  {
    name: 'transaction-version-1',
    setting: { features: { 'transaction.version': 1 } },
    scenarios: scenariosWith(true),
  },
  {
    name: 'no-verification',
    setting: { config: { 'transaction.partition.verification.enable': false } },
    scenarios: scenariosWith(true),
  },
]
