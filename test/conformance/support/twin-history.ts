import { encodeBatch, type EncodeOptions } from '../../../src/record/batch-encoder.ts'
import { SegmentFile, segmentFileName } from '../../../src/log/log-file-names.ts'
import { Dice } from '../../simulation/dice.ts'
import { LogTwins, NotOpened, type TwinSettings } from './log-twins.ts'
import type { UnifiedLogProcess } from './unified-log.ts'

const producerIds = [1, 2, 3]

/** Relative frequencies of the kinds of steps. */
const weights = {
  append: 30,
  appendAsFollower: 6,
  endTransaction: 8,
  retry: 4,
  highWatermark: 10,
  truncate: 12,
  truncateFully: 1,
  deleteRecords: 4,
  retention: 3,
  roll: 5,
  flush: 3,
  epoch: 3,
  compact: 4,
  expire: 2,
  advance: 3,
  checkpoint: 3,
  restart: 3,
  kill: 4,
}

/**
 * Runs the history of a seed with both logs.
 *
 * @throws Error if they differ
 */
export async function liveThrough(
  seed: number,
  unifiedLog: UnifiedLogProcess,
  root: string,
): Promise<void> {
  const dice = new Dice(seed)
  const settings: TwinSettings = {
    segmentBytes: dice.pick([300, 500, 1000, 20_000]),
    indexIntervalBytes: dice.pick([0, 100, 4096]),
    retentionBytes: dice.pick([-1, 600]),
    isCompacted: dice.chance(0.4),
    deleteRetentionMs: dice.pick([0, 10_000]),
    producerIdExpirationMs: dice.pick([24 * 60 * 60 * 1000, 90_000]),
  }
  const twins = await LogTwins.begin(unifiedLog, root, settings)
  const history = new TwinHistory(twins, settings, dice)
  const length = dice.between(5, 50)
  try {
    await history.append()
    for (let step = 0; step < length; step++) await history.step()
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error
    return
  }
  await twins.close()
}

class TwinHistory {
  readonly #twins: LogTwins
  readonly #settings: TwinSettings
  readonly #dice: Dice
  /** Sent batches, which can be sent again. */
  readonly #sent: Uint8Array[] = []
  #epoch = 0

  constructor(twins: LogTwins, settings: TwinSettings, dice: Dice) {
    this.#twins = twins
    this.#settings = settings
    this.#dice = dice
  }

  async step(): Promise<void> {
    const dice = this.#dice
    const twins = this.#twins
    const { log } = twins
    const usual = this.#settings.isCompacted ? weights : { ...weights, compact: 0 }
    switch (dice.weighted(usual)) {
      case 'append':
        return this.append()
      case 'appendAsFollower':
        return this.#appendAsFollower()
      case 'endTransaction':
        return this.#endTransaction()
      case 'retry':
        return this.#retry()
      case 'highWatermark':
        return twins.highWatermark(
          dice.chance(0.6) ? log.logEndOffset : dice.between(log.highWatermark, log.logEndOffset),
        )
      case 'truncate':
        return this.#truncate()
      case 'truncateFully':
        return twins.truncateFullyAndStartAt(
          dice.between(Math.max(0, log.logStartOffset - 3), log.logEndOffset + 5),
        )
      case 'deleteRecords':
        return twins.deleteRecords(dice.between(log.logStartOffset, log.highWatermark))
      case 'retention':
        return twins.deleteOldSegments()
      case 'roll':
        return this.#roll()
      case 'flush':
        return twins.flush()
      case 'epoch':
        this.#epoch += dice.between(1, 2)
        return dice.chance(0.5) ? twins.assignEpoch(this.#epoch, log.logEndOffset) : undefined
      case 'compact':
        return twins.compact()
      case 'expire':
        return twins.expireProducers()
      case 'advance':
        return twins.advance(dice.pick([1, 1000, 40_000, 100_000]))
      case 'checkpoint':
        return twins.checkpoint()
      case 'restart':
        return twins.restart()
      case 'kill':
        return this.#kill()
    }
  }

  /** Sends the next batch of a client: plain, idempotent or transactional. */
  async append(): Promise<void> {
    const dice = this.#dice
    const producerId = dice.chance(0.4) ? undefined : dice.pick(producerIds)
    const bytes = this.#batch(producerId === undefined ? {} : this.#nextOf(producerId))
    if (producerId !== undefined) this.#sent.push(bytes.slice())
    await this.#twins.append(bytes, this.#epoch)
  }

  async #appendAsFollower(): Promise<void> {
    const dice = this.#dice
    let baseOffset = this.#twins.log.logEndOffset
    const batches = Array.from({ length: dice.between(1, 3) }, () => {
      if (dice.chance(0.4)) baseOffset += dice.between(1, 4)
      const count = dice.between(1, 3)
      const bytes = this.#batch({ baseOffset, partitionLeaderEpoch: this.#epoch }, count)
      baseOffset += count
      return bytes
    })
    await this.#twins.appendAsFollower(Buffer.concat(batches))
  }

  async #endTransaction(): Promise<void> {
    const dice = this.#dice
    const active = this.#twins.log.producers.activeProducers()
    const open = active.filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0)
    if (open.length === 0) return this.append()
    const { producerId, producerEpoch, coordinatorEpoch } = dice.pick(open)
    await this.#twins.endTransaction(
      {
        producerId,
        producerEpoch: producerEpoch + (dice.chance(0.2) ? 1 : 0),
        coordinatorEpoch: Math.max(0, coordinatorEpoch) + (dice.chance(0.1) ? 1 : 0),
        isAbort: dice.chance(0.5),
      },
      this.#epoch,
    )
  }

  async #retry(): Promise<void> {
    if (this.#sent.length === 0) return this.append()
    await this.#twins.append(this.#dice.pick(this.#sent.slice(-8)).slice(), this.#epoch)
  }

  async #truncate(): Promise<void> {
    const { log } = this.#twins
    const dice = this.#dice
    const from = dice.chance(0.6) ? Math.max(0, log.logEndOffset - 8) : 0
    await this.#twins.truncateTo(dice.between(from, log.logEndOffset + 1))
  }

  /**
   * Kafka recreates an empty segment. This is visible only in the file that it leaves for deletion.
   */
  async #roll(): Promise<void> {
    if (this.#twins.log.files.segments.at(-1)!.sizeInBytes > 0) await this.#twins.roll()
  }

  /** The disk may have lost snapshots, or, without a recovery point, the end of any segment. */
  async #kill(): Promise<void> {
    const dice = this.#dice
    const twins = this.#twins
    const isCut = dice.chance(0.3)
    if (isCut) twins.forgetRecoveryPoint()
    const cut = dice.pick(twins.log.files.segments)
    const path = segmentFileName(cut.baseOffset, SegmentFile.Log)
    const { sizeInBytes } = cut
    await twins.kill((names) => [
      ...names
        .filter((name) => name.endsWith('.snapshot') && dice.chance(0.3))
        .map((name) => ({ name })),
      ...(isCut ? [{ name: path, sizeInBytes: dice.between(0, sizeInBytes) }] : []),
    ])
  }

  #nextOf(producerId: number): EncodeOptions {
    const dice = this.#dice
    const producer = this.#twins.log.producers
      .activeProducers()
      .find((active) => active.producerId === producerId)
    if (producer === undefined) {
      const isTransactional = dice.chance(0.5)
      return {
        producerId,
        producerEpoch: 0,
        baseSequence: dice.pick([0, 0, 0, 7]),
        isTransactional,
      }
    }
    const isOpen = producer.currentTxnStartOffset >= 0
    const isNewEpoch = !isOpen && dice.chance(0.1)
    return {
      producerId,
      producerEpoch: Math.max(0, producer.producerEpoch + (isNewEpoch ? 1 : 0)),
      baseSequence: isNewEpoch ? 0 : producer.lastSequence + (dice.chance(0.05) ? 3 : 1),
      isTransactional: isOpen || dice.chance(0.5),
    }
  }

  #batch(options: EncodeOptions, count = this.#dice.pick([1, 1, 2, 4])): Uint8Array {
    const dice = this.#dice
    const nowMs = this.#twins.kit.clock.now()
    const records = Array.from({ length: count }, () => ({
      key: Buffer.from(`k${dice.int(6)}`),
      value: dice.chance(0.15) ? null : Buffer.alloc(dice.int(60), 'value'),
      timestamp: nowMs - (dice.chance(0.2) ? dice.int(5000) : 0) + dice.int(3),
    }))
    return encodeBatch(records, options)
  }
}
