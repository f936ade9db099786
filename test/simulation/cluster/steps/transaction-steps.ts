import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { UpdateFeatures } from '../../../../src/protocol/messages/57-update-features.ts'
import { orLost } from '../client/client.ts'
import { NOBODY } from '../client/offsets.ts'
import { describeTransaction, listTransactions } from '../client/transaction-observers.ts'
import type { Plan, PlannedOffsets, PlannedRecords } from '../client/transactional-producer.ts'
import { simpleGroups } from './group-steps.ts'
import type { StepContext } from './steps.ts'

/** The types of UpdateFeatures. */
const UPGRADE = 1
const SAFE_DOWNGRADE = 2

const transactionalIds = ['x0', 'x1', 'x2']

/** Runs a few transactions of one producer. */
export async function transact(context: StepContext): Promise<void> {
  const { people, dice } = context
  const producer = people.transactionalProducer(dice.pick(transactionalIds), dice)
  if (producer === undefined) return
  for (let count = dice.between(1, 3); count > 0 && !producer.hasEnded; count--) {
    await producer.transact(newPlan(context))
  }
}

/** Describes the transactional ids, and lists those of a broker. */
export async function describeTransactions({ world, people, dice }: StepContext): Promise<void> {
  const client = people.newClient('admin', dice)
  const known = [...world.model.transactions.ids.values()]
  if (known.length > 0) await describeTransaction(client, dice.pick(known))
  const filters = dice.pick([[], ['Ongoing'], ['CompleteCommit', 'CompleteAbort']])
  await listTransactions(client, world.anyPort(dice), filters)
  client.close()
}

/** Changes the level of `transaction.version`, up or down. */
export async function changeTransactionVersion(context: StepContext): Promise<void> {
  const { world, people, dice } = context
  const client = people.newClient('admin', dice)
  const update = {
    feature: 'transaction.version',
    allowDowngrade: false,
    maxVersionLevel: dice.between(world.settings.hasOldProducersOnly ? 0 : 1, 2),
    upgradeType: dice.pick([UPGRADE, SAFE_DOWNGRADE]),
  }
  world.model.transactions.beginVersion(update.maxVersionLevel)
  const request = { timeoutMs: 5000, featureUpdates: [update], validateOnly: false }
  const version = client.version(1, 2)
  const response = await orLost(client.call(world.anyPort(dice), UpdateFeatures, version, request))
  switch (response?.errorCode) {
    case undefined:
    case ErrorCode.None:
    // The level is higher already, or lower.
    case ErrorCode.InvalidUpdateVersion:
    case ErrorCode.InvalidRequest:
    case ErrorCode.RequestTimedOut:
    case ErrorCode.NotController:
      break
    default:
      world.disagree(`UpdateFeatures is answered with error ${response?.errorCode}`)
  }
  client.close()
}

function newPlan(context: StepContext): Plan {
  const { dice } = context
  const records = someRecords(context)
  return {
    records,
    offsets: records.length === 0 || dice.chance(0.3) ? someOffsets(context) : undefined,
    pauseMs: dice.pick([0, 0, 0, 30, 300, 2500, 6000]),
    ending: dice.pick(['committed', 'committed', 'committed', 'aborted', 'aborted', undefined]),
  }
}

/** Chooses different partitions. A producer knows one topic of each name. */
function someRecords({ world, dice }: StepContext): PlannedRecords[] {
  const topics = [...world.model.topics.topics.values()].filter(
    ({ deletionStartedAtMs }) => deletionStartedAtMs === undefined || dice.chance(0.1),
  )
  const partitions = [...new Map(topics.map((topic) => [topic.name, topic])).values()].flatMap(
    (topic) => topic.partitions.map((_, partition) => ({ topic, partition })),
  )
  const chosen: PlannedRecords[] = []
  for (let count = dice.between(1, 4); count > 0 && partitions.length > 0; count--) {
    const [partition] = partitions.splice(dice.int(partitions.length), 1)
    chosen.push({ ...partition!, batches: dice.between(1, 2) })
  }
  return chosen
}

function someOffsets({ world, dice }: StepContext): PlannedOffsets | undefined {
  const partitions = [...world.model.topics.topics.values()]
    .filter(({ deletionStartedAtMs }) => deletionStartedAtMs === undefined)
    .flatMap(({ name, partitions }) => partitions.map((_, index) => `${name}-${index}`))
  if (partitions.length === 0) return undefined
  const offsets = new Map([[dice.pick(partitions), 1000 + dice.int(100_000)]])
  return { group: dice.pick(simpleGroups), offsets, committer: NOBODY }
}
