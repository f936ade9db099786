import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts'
import { Dice } from './dice.ts'

/** Relative frequencies of the kinds of steps. */
const weights = {
  append: 36,
  appendAsFollower: 4,
  endTransaction: 7,
  retry: 2,
  refusedAppend: 2,
  highWatermark: 12,
  read: 8,
  lookup: 3,
  newEpoch: 4,
  roll: 3,
  flush: 3,
  truncate: 4,
  truncateFully: 1,
  deleteRecords: 3,
  retention: 3,
  compact: 4,
  advanceClock: 4,
  checkpoint: 2,
  deleteLog: 0.3,
  restart: 3,
  kill: 5,
  powerFailure: 4,
  fault: 4,
}

export type StepKind = keyof typeof weights

/** A step. It has its own random numbers, so that earlier steps can be removed. */
export interface Step {
  readonly kind: StepKind
  readonly dice: number
}

export interface HistorySettings {
  readonly logs: number
  readonly config: LogConfig
  /** Nothing is synced, and the power never fails. */
  readonly temporary: boolean
  /** `fsync`: an append is acknowledged when it is on the disk. */
  readonly durability: 'pageCache' | 'fsync'
  /**
   * Whether a synced file keeps its name after a power failure without a sync of its directory, as
   * on ext4 and xfs.
   */
  readonly fileSyncKeepsNames: boolean
  readonly capacityBytes: number
  readonly producerIdExpirationMs: number
  /** The memory of the cleaner's key map: a small one needs more than one round. */
  readonly dedupeBufferBytes: number
}

export interface History {
  readonly seed: number
  readonly settings: HistorySettings
  readonly steps: readonly Step[]
}

/** Returns the history of a seed. */
export function historyOf(seed: number): History {
  const dice = new Dice(seed)
  const settings = chooseSettings(dice)
  const length = dice.between(5, 45)
  const usual = { ...weights }
  if (settings.temporary) {
    usual.powerFailure = 0
    // Checkpoints are written only on close: after a crash, those of a deleted log would be used
    // for the next one.
    usual.deleteLog = 0
  }
  if (!settings.config.cleanupPolicy.compact) usual.compact = 0
  const steps = Array.from({ length }, () => ({
    kind: dice.weighted(usual),
    dice: dice.seed(),
  }))
  return { seed, settings, steps }
}

function chooseSettings(dice: Dice): HistorySettings {
  const config: LogConfig = {
    ...defaultLogConfig,
    segmentBytes: dice.pick([400, 700, 1500, 20_000]),
    segmentMs: dice.pick([defaultLogConfig.segmentMs, defaultLogConfig.segmentMs, 20_000]),
    segmentJitterMs: dice.pick([0, 0, 5000]),
    indexIntervalBytes: dice.pick([0, 100, 300, 4096]),
    segmentIndexBytes: dice.pick([40, 200, defaultLogConfig.segmentIndexBytes]),
    flushMessages: dice.pick([Infinity, Infinity, 1, 5]),
    flushMs: dice.pick([Infinity, Infinity, 2000]),
    retentionMs: dice.pick([-1, 60_000, defaultLogConfig.retentionMs]),
    retentionBytes: dice.pick([-1, -1, 1000]),
    cleanupPolicy: dice.pick([
      { delete: true, compact: false },
      { delete: true, compact: false },
      { delete: false, compact: true },
      { delete: true, compact: true },
    ]),
    minCompactionLagMs: dice.pick([0, 0, 20_000]),
    deleteRetentionMs: dice.pick([0, 10_000, 60_000]),
    fileDeleteDelayMs: dice.pick([0, 1000, 60_000]),
    preallocate: dice.chance(0.1),
  }
  const temporary = dice.chance(0.15)
  return {
    logs: dice.pick([1, 1, 1, 2, 3]),
    config,
    temporary,
    durability: !temporary && dice.chance(0.25) ? 'fsync' : 'pageCache',
    fileSyncKeepsNames: true,
    capacityBytes: dice.chance(0.05) ? dice.between(3000, 20_000) : 2 ** 40,
    producerIdExpirationMs: dice.pick([24 * 60 * 60 * 1000, 90_000]),
    dedupeBufferBytes: dice.pick([150, 4096]),
  }
}
