import { ApiError } from '../../../src/protocol/api-error.ts'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readOffsetCheckpoint } from '../../../src/log/files/checkpoint-file.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/log/log-config.ts'
import { defaultLogManagerConfig } from '../../../src/log/log-manager-config.ts'
import { SegmentFile, segmentFileName } from '../../../src/log/log-file-names.ts'
import type { Log } from '../../../src/log/log.ts'
import type { AppendError } from '../../../src/log/append-error.ts'
import type { AppendInfo } from '../../../src/log/log-types.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { AppendOrigin } from '../../../src/record/validation-rules.ts'
import { batchesOf, BatchView } from '../../../src/record/batch-view.ts'
import { LogKit, topicId } from '../../log/log-kit.ts'
import type { LogState, UnifiedLogAnswer, UnifiedLogProcess } from './unified-log.ts'

/** The configuration of the logs of {@link LogTwins}. */
export interface TwinSettings {
  readonly segmentBytes: number
  readonly indexIntervalBytes: number
  readonly retentionBytes: number
  readonly isCompacted: boolean
  readonly deleteRetentionMs: number
  readonly producerIdExpirationMs: number
}

/** The end of a transaction. */
export interface TransactionEnd {
  readonly producerId: number
  readonly producerEpoch: number
  /** Default 0. */
  readonly coordinatorEpoch?: number
  readonly isAbort: boolean
}

/** Damage to a file of both logs. */
export interface Damage {
  readonly name: string
  /** Its size afterwards; default: it is deleted. */
  readonly sizeInBytes?: number
}

const never = {
  initialTaskDelayMs: Infinity,
  retentionCheckIntervalMs: Infinity,
  recoveryPointCheckpointIntervalMs: Infinity,
  logStartOffsetCheckpointIntervalMs: Infinity,
  highWatermarkCheckpointIntervalMs: Infinity,
  producerIdExpirationCheckIntervalMs: Infinity,
}

/**
 * Thrown when Kafka does not open a log, because the remaining batches contradict its producer
 * state.
 */
export class NotOpened extends Error {}

/** A log of ours and one of Kafka with the same history. They must be equal after every step. */
export class LogTwins {
  readonly kit: LogKit
  /** The steps so far, for the report of a difference. */
  readonly trace: string[] = []
  readonly #unifiedLog: UnifiedLogProcess
  readonly #root: string
  readonly #settings: TwinSettings
  /**
   * Segments that existed at the last start and have been truncated since: Kafka does not know
   * their largest timestamp.
   */
  readonly #truncated = new Set<string>()
  #opened: readonly number[] = []
  #generation = 0
  #log: Log

  private constructor(unifiedLog: UnifiedLogProcess, root: string, settings: TwinSettings) {
    this.#unifiedLog = unifiedLog
    this.#root = root
    this.#settings = settings
    const { producerIdExpirationMs } = settings
    const cleaner = { ...defaultLogManagerConfig.cleaner, isEnabled: false }
    const config = { ...defaultLogManagerConfig, ...never, producerIdExpirationMs, cleaner }
    this.kit = new LogKit({
      config: { ...config, cleaner: { ...cleaner, dedupeBufferBytes: 2 ** 20 } },
    })
    this.#log = this.kit.log(this.#config)
  }

  /** @param root the directory of Kafka's log, with a subdirectory for each start */
  static async begin(unifiedLog: UnifiedLogProcess, root: string, settings: TwinSettings) {
    const twins = new LogTwins(unifiedLog, root, settings)
    mkdirSync(twins.directory, { recursive: true })
    await twins.#open(true, true)
    return twins
  }

  get log(): Log {
    return this.#log
  }

  /** The directory of Kafka's log. */
  get directory(): string {
    return join(this.#root, String(this.#generation), 'orders-0')
  }

  async append(
    records: Uint8Array,
    epoch: number,
    origin: AppendOrigin = AppendOrigin.Client,
  ): Promise<void> {
    const base64 = Buffer.from(records).toString('base64')
    const name = { client: 'CLIENT', coordinator: 'COORDINATOR', replication: 'REPLICATION' }[
      origin as string
    ]
    this.note(`append as ${origin}, epoch ${epoch}: ${describe(records)}`)
    await this.#compare(
      await this.#tell('append', { records: base64, epoch, origin: name }),
      told(this.#log.appendAsLeader(records, epoch, { origin })),
    )
  }

  async appendAsFollower(records: Uint8Array): Promise<void> {
    this.note(`append as follower: ${describe(records)}`)
    const base64 = Buffer.from(records).toString('base64')
    await this.#compare(
      await this.#tell('appendAsFollower', { records: base64 }),
      told(this.#log.appendAsFollower(records)),
    )
  }

  /** Appends the marker that ends a transaction. */
  async endTransaction(
    { producerId, producerEpoch, coordinatorEpoch = 0, isAbort }: TransactionEnd,
    epoch: number,
  ): Promise<void> {
    const type = isAbort ? ControlRecordType.Abort : ControlRecordType.Commit
    const timestamp = this.kit.clock.now()
    const marker = encodeEndTransactionMarker(
      { type, coordinatorEpoch },
      { timestamp, producerId, producerEpoch },
    )
    await this.append(marker, epoch, AppendOrigin.Coordinator)
  }

  async highWatermark(offset: number): Promise<void> {
    this.note(`high watermark ${offset}`)
    this.#log.updateHighWatermark(offset)
    await this.#compare(await this.#tell('highWatermark', { offset }))
  }

  async roll(): Promise<void> {
    this.note('roll')
    this.#log.files.roll()
    await this.#compare(await this.#tell('roll'))
  }

  async flush(): Promise<void> {
    this.note('flush')
    this.#log.durability.flush()
    await this.#compare(await this.#tell('flush'))
  }

  async truncateTo(offset: number): Promise<void> {
    this.note(`truncate to ${offset}`)
    const isTruncated = this.#log.truncateTo(offset)
    const { baseOffset } = this.#log.files.segments.at(-1)!
    if (isTruncated && this.#opened.includes(baseOffset)) {
      this.#truncated.add(segmentFileName(baseOffset, SegmentFile.TimeIndex))
    }
    await this.#compare(await this.#tell('truncate', { offset }), { isTruncated })
  }

  async truncateFullyAndStartAt(offset: number): Promise<void> {
    this.note(`truncate fully and start at ${offset}`)
    this.#log.truncateFullyAndStartAt(offset)
    await this.#compare(await this.#tell('truncateFully', { offset }))
  }

  async deleteRecords(offset: number): Promise<void> {
    this.note(`delete records below ${offset}`)
    const errorCode = this.#log.advanceLogStartOffset(offset)?.errorCode ?? ErrorCode.None
    await this.#compare(await this.#tell('deleteRecords', { offset }), { errorCode })
  }

  async deleteOldSegments(): Promise<void> {
    this.note('delete old segments')
    const { segments } = this.#log.files.deleteOldSegments()
    await this.#compare(await this.#tell('retention'), { removed: segments })
  }

  async assignEpoch(epoch: number, offset: number): Promise<void> {
    this.note(`epoch ${epoch} begins at ${offset}`)
    this.#log.assignEpochStart(epoch, offset)
    await this.#compare(await this.#tell('epoch', { epoch, offset }))
  }

  async expireProducers(): Promise<void> {
    this.note('expire producers')
    this.#log.producers.removeExpired(this.kit.clock.now())
    await this.#compare(await this.#tell('expireProducers'))
  }

  async compact(): Promise<void> {
    this.note('compact')
    await this.kit.manager.cleaner.cleanNow(this.#log)
    await this.#compare(await this.#tell('clean'))
  }

  async advance(ms: number): Promise<void> {
    this.note(`${ms} ms pass`)
    await this.kit.clock.advance(ms)
    await this.#compare(await this.#tell('nothing'))
  }

  checkpoint(): void {
    this.note('checkpoint')
    this.kit.manager.checkpoint()
  }

  /** Closes both, compares all their files, and opens them again. */
  async restart(): Promise<void> {
    this.note('restart')
    this.kit.manager.close()
    await this.#tell('close')
    this.#compareFiles(true)
    this.kit.restart()
    await this.#open(true)
  }

  /**
   * Kills both and opens them again.
   *
   * @param spoil returns the damage to the files in between, the same for both, given the names of
   * the files
   */
  async kill(spoil: (names: readonly string[]) => readonly Damage[] = () => []): Promise<void> {
    this.note('kill')
    this.kit.manager.discard()
    await this.#tell('abandon')
    const before = this.directory
    this.#generation++
    cpSync(before, this.directory, { recursive: true })
    rmSync(before, { recursive: true, force: true })
    for (const damage of spoil(readdirSync(this.directory))) this.#spoil(damage)
    this.kit.crash()
    await this.#open(false)
  }

  /** Drops the recovery point, so that the next start checks everything. */
  forgetRecoveryPoint(): void {
    this.note('lose the recovery point')
    this.kit.fileSystem.remove(`${this.kit.directory}/recovery-point-offset-checkpoint`)
  }

  /** Compares the batches that a reader finds from every offset on. */
  async compareReads(): Promise<void> {
    const { logStartOffset, logEndOffset } = this.#log
    for (let offset = logStartOffset; offset <= logEndOffset; offset++) {
      const read = this.#log.read(offset, 1000, 'logEnd', true)
      if (read instanceof ApiError)
        throw new Error(`the read from ${offset} fails with ${read.errorCode}`)
      const found = [...batchesOf(Buffer.concat(read.slices))]
      const asked = { offset, maxBytes: 1000, isolation: 'LOG_END' }
      const { offsets } = await this.#tell('read', asked)
      const ours = found.map(({ baseOffset }) => baseOffset)
      this.#agree(`what is read from ${offset} on`, ours, offsets)
    }
  }

  /** Closes both and compares all of their files. */
  async close(): Promise<void> {
    this.kit.manager.close()
    await this.#tell('close')
    this.#compareFiles(true)
    rmSync(join(this.#root, String(this.#generation)), { recursive: true, force: true })
  }

  note(what: string): void {
    this.trace.push(what)
  }

  #spoil({ name, sizeInBytes }: Damage): void {
    this.note(`  ${sizeInBytes === undefined ? 'lose' : `cut to ${sizeInBytes}`} ${name}`)
    const path = `${this.kit.directory}/orders-0/${name}`
    if (sizeInBytes === undefined) {
      rmSync(join(this.directory, name), { force: true })
      this.kit.fileSystem.remove(path)
      return
    }
    truncateSync(join(this.directory, name), sizeInBytes)
    const file = this.kit.fileSystem.open(path)
    file.truncate(sizeInBytes)
    file.close()
  }

  get #config(): Partial<LogConfig> {
    const { segmentBytes, indexIntervalBytes, retentionBytes, isCompacted, deleteRetentionMs } =
      this.#settings
    return {
      segmentBytes,
      indexIntervalBytes,
      retentionBytes,
      retentionMs: -1,
      segmentIndexBytes: 4000,
      fileDeleteDelayMs: 1000,
      deleteRetentionMs,
      cleanupPolicy: { delete: !isCompacted, compact: isCompacted },
    }
  }

  async #open(isClean: boolean, isNew = false): Promise<void> {
    const log = this.#checkpointed
    const checkpoints = {
      logStartOffset: log('log-start-offset-checkpoint'),
      recoveryPoint: log('recovery-point-offset-checkpoint'),
      highWatermark: log('replication-offset-checkpoint'),
    }
    this.#log = this.kit.log(this.#config)
    this.#opened = this.#log.files.segments.map(({ baseOffset }) => baseOffset)
    const config = this.#config
    const answer = await this.#tell('open', {
      directory: this.directory,
      isNew,
      isClean,
      topicId,
      producerIdExpirationMs: this.#settings.producerIdExpirationMs,
      ...checkpoints,
      config: {
        'internal.segment.bytes': config.segmentBytes,
        'index.interval.bytes': config.indexIntervalBytes,
        'segment.index.bytes': config.segmentIndexBytes,
        'segment.ms': defaultLogConfig.segmentMs,
        'retention.bytes': config.retentionBytes,
        'retention.ms': -1,
        'file.delete.delay.ms': config.fileDeleteDelayMs,
        'delete.retention.ms': config.deleteRetentionMs,
        'cleanup.policy': this.#settings.isCompacted ? 'compact' : 'delete',
      },
    })
    if (answer.state === undefined) throw new NotOpened(answer.error)
    await this.#compare(answer)
  }

  #checkpointed = (file: string): number => {
    const path = `${this.kit.directory}/${file}`
    if (!this.kit.fileSystem.exists(path)) return 0
    return readOffsetCheckpoint(this.kit.fileSystem, path).get('orders 0') ?? 0
  }

  #tell(what: string, details: Readonly<Record<string, unknown>> = {}): Promise<UnifiedLogAnswer> {
    return this.#unifiedLog.tell(what, { ...details, nowMs: this.kit.clock.now() })
  }

  /** @param ours our response, as far as Kafka also gives one */
  async #compare(
    { state, ...theirs }: UnifiedLogAnswer,
    ours: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    // Completes flushes in the background.
    await this.kit.clock.advance(0)
    await new Promise((resolve) => void setImmediate(resolve))
    for (const [field, value] of Object.entries(ours)) {
      const theirValue = theirs[field] ?? (field === 'errorCode' ? ErrorCode.None : theirs.error)
      this.#agree(field, value, theirValue)
    }
    this.#agree('the log', stateOf(this.#log), this.#withStableOffset(stated(state!)))
    await this.#compareEpochs()
    this.#compareFiles(false)
  }

  /**
   * If the log starts within an open transaction, Kafka's last stable offset is that of the batch
   * there, which may start before or after the log start offset, or the end of the log. Ours is the
   * log start offset.
   */
  #withStableOffset(theirs: LogState): LogState {
    const { lastStableOffset, logStartOffset } = this.#log
    if (lastStableOffset !== logStartOffset) return theirs
    const read = this.#log.read(logStartOffset, 1, 'logEnd', true)
    if (read instanceof ApiError) return theirs
    const [bytes] = read.slices
    const offset = bytes === undefined ? theirs.logEndOffset : new BatchView(bytes).baseOffset
    return theirs.lastStableOffset === offset ? { ...theirs, lastStableOffset } : theirs
  }

  async #compareEpochs(): Promise<void> {
    for (let epoch = 0; epoch <= this.#log.latestEpoch; epoch++) {
      const theirs = await this.#tell('endOffsetForEpoch', { epoch })
      const ours = this.#log.endOffsetForEpoch(epoch)
      this.#agree(
        `the end of epoch ${epoch}`,
        [ours.epoch, ours.endOffset],
        [theirs['epoch'] ?? -1, theirs['offset'] ?? -1],
      )
    }
  }

  /** @param isClosed whether the indexes also have their final form */
  #compareFiles(isClosed: boolean): void {
    const kinds = /\.(log|snapshot)$/
    // A missing file equals an empty one.
    const others = isClosed ? /\.(index|timeindex|txnindex)$/ : /\.txnindex$/
    if (!this.kit.fileSystem.exists(`${this.kit.directory}/orders-0`)) return
    const ours = this.kit
      .files()
      .filter((name) => kinds.test(name))
      .sort()
    const theirs = readdirSync(this.directory)
      .filter((name) => kinds.test(name))
      .sort()
    this.#agree('the files', ours, theirs)
    for (const name of [...ours, 'leader-epoch-checkpoint']) this.#compareFile(name)
    const names = [...this.kit.files(), ...readdirSync(this.directory)]
    for (const name of names) {
      if (others.test(name) && !this.#truncated.has(name)) this.#compareFile(name)
    }
  }

  #compareFile(name: string): void {
    const path = `${this.kit.directory}/orders-0/${name}`
    const has = this.kit.fileSystem.exists(path)
    const ours = has ? Buffer.from(this.kit.fileSystem.readFile(path)).toString('hex') : ''
    const their = join(this.directory, name)
    const theirs = existsSync(their) ? readFileSync(their).toString('hex') : ''
    const isText = name === 'leader-epoch-checkpoint'
    const show = (hex: string) => (isText ? Buffer.from(hex, 'hex').toString() : hex)
    const none = isText ? '0\n0\n' : ''
    this.#agree(name, show(ours) || none, show(theirs) || none)
  }

  #agree(what: string, ours: unknown, theirs: unknown): void {
    if (isDeepStrictEqual(ours, theirs)) return
    const said = `${JSON.stringify(ours)}\ninstead of ${JSON.stringify(theirs)}`
    throw new Error(`${what}: here ${said}\nafter\n${this.trace.join('\n')}`)
  }
}

function told(result: AppendInfo | AppendError): Readonly<Record<string, unknown>> {
  if (result instanceof ApiError) return { errorCode: result.errorCode }
  const { baseOffset, lastOffset, logAppendTimeMs } = result
  return { baseOffset, lastOffset, ...(!result.duplicate && { logAppendTimeMs }) }
}

function stateOf(log: Log): Omit<LogState, 'epochs'> {
  const { logStartOffset, logEndOffset, highWatermark, lastStableOffset, latestEpoch } = log
  const last = log.producers.lastRecords()
  const producers = log.producers
    .activeProducers()
    .toSorted((a, b) => a.producerId - b.producerId)
    .map((producer) => {
      const { lastDataOffset = -1 } = last.get(producer.producerId)!
      return { ...producer, lastDataOffset }
    })
  // Kafka's recovery point moves with the log start offset.
  const recoveryPoint = Math.max(log.durability.recoveryPoint, logStartOffset)
  return {
    logStartOffset,
    logEndOffset,
    highWatermark,
    lastStableOffset,
    recoveryPoint,
    latestEpoch,
    segments: log.files.segments.map(({ baseOffset, sizeInBytes }) => [baseOffset, sizeInBytes]),
    producers,
  }
}

function stated(state: LogState): LogState {
  const { logStartOffset, logEndOffset, highWatermark, lastStableOffset, latestEpoch } = state
  return {
    logStartOffset,
    logEndOffset,
    highWatermark,
    lastStableOffset,
    recoveryPoint: Math.max(state.recoveryPoint, logStartOffset),
    latestEpoch,
    segments: state.segments,
    producers: state.producers,
  }
}

function describe(records: Uint8Array): string {
  return Array.from(batchesOf(records), (batch) => {
    const { baseOffset, lastOffset, producerId, producerEpoch, baseSequence } = batch
    const kind = batch.isControl ? ' marker' : batch.isTransactional ? ' transactional' : ''
    const by = producerId < 0 ? '' : ` by ${producerId}/${producerEpoch}+${baseSequence}${kind}`
    return `${baseOffset}..${lastOffset}${by}`
  }).join(', ')
}
