import { Dice } from '../dice.ts'
import { chooseSettings, type ClusterSettings } from './settings.ts'

/** The weight of each kind of step. */
const weights = {
  createTopic: 6,
  deleteTopic: 2,
  produce: 30,
  fetch: 16,
  transact: 18,
  describeTransactions: 3,
  describeProducers: 2,
  changeTransactionVersion: 1,
  listOffsets: 3,
  deleteRecords: 2,
  metadata: 2,
  createPartitions: 1.5,
  fetchInSession: 4,
  joinGroup: 7,
  joinConsumerGroup: 7,
  resubscribe: 2,
  joinShareGroup: 7,
  alterShareOffsets: 2,
  deleteShareOffsets: 1,
  joinStreamsGroup: 7,
  changeStreams: 1,
  joinMigratingGroup: 6,
  migrate: 4,
  joinTransformers: 3,
  leaveGroup: 2,
  vanish: 3,
  commit: 6,
  fetchOffsets: 4,
  deleteGroup: 1.5,
  deleteOffset: 1,
  reset: 3,
  cutOff: 3,
  halfRequest: 1,
  slowReader: 2,
  kill: 4,
  powerFailure: 3,
  killAtOperation: 3,
  diskFault: 1.5,
  restart: 1.5,
  restartBroker: 4,
  addBroker: 0.5,
  metadataLag: 2,
  wait: 5,
}

export type StepKind = keyof typeof weights

/** In half of the histories the steps of one line are frequent, so that many members meet. */
const focuses: readonly (readonly StepKind[])[] = [
  ['joinConsumerGroup', 'resubscribe'],
  ['joinStreamsGroup', 'changeStreams'],
  ['joinMigratingGroup', 'migrate'],
]
const FOCUS = 8

/**
 * One step of a history. Its randomness has a separate seed, so that earlier steps can be omitted.
 */
export interface Step {
  readonly kind: StepKind
  readonly dice: number
}

export interface History {
  readonly settings: ClusterSettings
  readonly steps: readonly Step[]
}

/** Returns the history of a seed. */
export function historyOf(seed: number): History {
  const dice = new Dice(seed)
  const settings = chooseSettings(seed, dice)
  const usual = { ...weights }
  if (settings.deletesTopics) {
    // These requests identify topics by name, which means another topic after a deletion.
    usual.listOffsets = 0
    usual.deleteRecords = 0
  } else {
    usual.deleteTopic = 0
  }
  // The loss of acknowledged state may also lose a part of a transaction.
  if (settings.losesAcknowledged) usual.transact = usual.joinTransformers = 0
  if (settings.durability === 'pageCache' && !settings.losesAcknowledged) usual.powerFailure = 0
  if (dice.chance(0.5)) for (const kind of dice.pick(focuses)) usual[kind] *= FOCUS
  const length = dice.between(6, 40)
  const steps = Array.from({ length }, () => ({ kind: dice.weighted(usual), dice: dice.seed() }))
  return { settings, steps: [{ kind: 'createTopic', dice: dice.seed() }, ...steps] }
}
