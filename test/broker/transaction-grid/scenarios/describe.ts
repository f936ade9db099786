import {
  DescribeProducers,
  DescribeTransactions,
  ListTransactions,
} from '../../../../src/protocol/messages/index.ts'
import { add, end, init, write } from '../requests.ts'
import { type Scenario, type Suite, versions } from '../scenario.ts'
import type { Scene } from '../scene.ts'
import { UNKNOWN_PRODUCER_ID } from '../text.ts'

/** Asks for the transactions of this scenario only. */
async function list(
  scene: Scene,
  version: number,
  filters: {
    states?: string[]
    producerIds?: number[]
    duration?: number
    pattern?: string | null
  } = {},
): Promise<void> {
  const { states = [], producerIds = [], duration = -1, pattern = null } = filters
  const request = {
    stateFilters: states,
    producerIdFilters: producerIds,
    durationFilter: duration,
    transactionalIdPattern:
      pattern?.replace('PREFIX', scene.texts.prefixed('x').slice(0, -1)) ?? null,
  }
  const response = await scene.send(ListTransactions, version, request)
  const own = response?.transactionStates.filter(({ transactionalId }) =>
    transactionalId.startsWith(scene.texts.prefixed('x').slice(0, -1)),
  )
  const answer =
    response === undefined ? 'the connection is closed' : { ...response, transactionStates: own }
  scene.note(`ListTransactions v${version}`, request, answer)
}

const scenarios: readonly Scenario[] = [
  {
    name: 'DescribeProducers of partitions that do not exist',
    run: async (scene) => {
      await scene.createTopic('t')
      const describe = (topics: Readonly<Record<string, number[]>>) =>
        scene.call(DescribeProducers, 0, {
          topics: Object.entries(topics).map(([name, partitionIndexes]) => ({
            name,
            partitionIndexes,
          })),
        })
      await describe({})
      await describe({ t: [] })
      await describe({ t: [0, 0, 5, -1], nothing: [0] })
      await describe({ '': [0], 'in valid': [0] })
      await describe({ __cluster_metadata: [0] })
    },
  },
  {
    name: 'DescribeTransactions of ids that do not exist, and of one id twice',
    run: async (scene) => {
      await scene.createTopic('t', { partitions: 2 })
      await scene.createTopic('u')
      const a = await init(scene, 'a')
      await add(scene, a, { t: [1, 0], u: [0] })
      const describe = (...transactionalIds: string[]) =>
        scene.call(DescribeTransactions, 0, { transactionalIds })
      await describe()
      await describe('', 'nobody', 'a')
      await describe('a', 'a')
    },
  },
  {
    name: 'ListTransactions with filters of states and producer ids',
    api: 'ListTransactions',
    versions: versions(0, 2),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const open = await init(scene, 'open')
      await add(scene, open, { t: [0] })
      const committed = await init(scene, 'committed')
      await add(scene, committed, { t: [0] })
      await end(scene, committed, true)
      const aborted = await init(scene, 'aborted')
      await add(scene, aborted, { t: [0] })
      await end(scene, aborted, false)
      await init(scene, 'empty')
      await list(scene, version)
      for (const states of [
        ['Ongoing'],
        ['Empty', 'CompleteCommit'],
        ['CompleteAbort', 'Unknown', 'ongoing', ''],
        ['PrepareCommit', 'PrepareAbort', 'PrepareEpochFence', 'Dead'],
        ['Bogus', 'Bogus'],
      ]) {
        await list(scene, version, { states })
      }
      await list(scene, version, { producerIds: [open.producerId] })
      await list(scene, version, { producerIds: [UNKNOWN_PRODUCER_ID, committed.producerId] })
      await list(scene, version, { states: ['Ongoing'], producerIds: [committed.producerId] })
      await list(scene, version, { producerIds: [-1] })
    },
  },
  {
    name: 'ListTransactions with durations',
    api: 'ListTransactions',
    versions: versions(1, 2),
    run: async (scene, version) => {
      await scene.createTopic('t')
      const open = await init(scene, 'open')
      await add(scene, open, { t: [0] })
      const committed = await init(scene, 'committed')
      await add(scene, committed, { t: [0] })
      await end(scene, committed, true)
      await init(scene, 'empty')
      await scene.stage.pass(20)
      for (const duration of [-2, 0, 10, 50_000, 9e15]) await list(scene, version, { duration })
      await list(scene, version, { duration: 10, states: ['CompleteCommit'] })
    },
  },
  {
    name: 'ListTransactions with patterns',
    run: async (scene) => {
      await init(scene, 'aba')
      await init(scene, 'b')
      await init(scene, 'c.d')
      for (const pattern of [
        null,
        '',
        'PREFIXb',
        'PREFIXa.*',
        '.*b.*',
        'PREFIX(aba|b)',
        'PREFIXc\\.d',
        'PREFIX[a-b]+',
        'PREFIX\\p{Lower}',
        '(',
        '[',
        '*',
        'PREFIX(?i)B',
        'b',
      ]) {
        await list(scene, 2, { pattern })
      }
      await list(scene, 2, { pattern: 'PREFIXb', states: ['Ongoing'] })
      await list(scene, 2, { pattern: '(', states: ['Bogus'] })
    },
  },
  {
    name: 'DescribeProducers of idempotent and transactional producers',
    run: async (scene) => {
      await scene.createTopic('t')
      const a = await init(scene, 'a')
      await add(scene, a, { t: [0] })
      await write(scene, a, 't', ['x', 'y', 'z'])
      const b = await init(scene, 'b')
      await write(scene, b, 't', ['idempotent'], { isTransactional: false })
      await end(scene, a, true)
      await add(scene, a, { t: [0] })
      await write(scene, a, 't', ['more'])
    },
  },
]

export const describe: Suite = { name: 'describe', setting: {}, scenarios }
