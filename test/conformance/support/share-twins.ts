import { isDeepStrictEqual } from 'node:util'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import type { ApiError } from '../../../src/protocol/api-error.ts'
import type { AcknowledgeType } from '../../../src/broker/share/acknowledgement.ts'
import type { AcquireMode } from '../../../src/broker/share/acquire-request.ts'
import { FetchedBatches } from '../../../src/broker/share/fetched-batches.ts'
import type { InFlightState } from '../../../src/broker/share/in-flight-state.ts'
import {
  SharePartition,
  type SharePartitionConfig,
} from '../../../src/broker/share/share-partition.ts'
import { settle } from '../../broker/support.ts'
import type { JavaDriver } from './java-driver.ts'

export interface TwinConfigs {
  readonly lockDurationMs: number
  readonly maxDeliveryCount: number
  readonly maxInFlightRecords: number
  readonly canRenewLocks: boolean
  readonly hasDeadLetterTopic: boolean
}

export type TwinCommand =
  | {
      readonly do: 'begin'
      readonly id: number
      readonly configs: TwinConfigs
      readonly startOffset: number
      readonly stateBatches: readonly {
        readonly firstOffset: number
        readonly lastOffset: number
        readonly deliveryState: number
        readonly deliveryCount: number
      }[]
    }
  | { readonly do: 'configure'; readonly configs: TwinConfigs }
  | {
      readonly do: 'acquire'
      readonly memberId: string
      readonly mode: AcquireMode
      readonly batchSize: number
      readonly maxRecords: number
      readonly fetchOffset: number
      readonly isCommitted: boolean
      readonly records: string
      readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
    }
  | {
      readonly do: 'acknowledge'
      readonly id: number
      readonly memberId: string
      readonly batches: readonly {
        readonly firstOffset: number
        readonly lastOffset: number
        readonly acknowledgeTypes: readonly AcknowledgeType[]
      }[]
    }
  | { readonly do: 'release'; readonly id: number; readonly memberId: string }
  | { readonly do: 'moveStart'; readonly offset: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'endWrite'; readonly errorCode: ErrorCode }
  | { readonly do: 'endDeadLetter'; readonly firstOffset: number }

/** The state of a record: its state, delivery count, member, and whether it is changing. */
type StateDump = [number, number, string, boolean]

export interface PartitionDump {
  readonly startOffset: number
  readonly endOffset: number
  readonly deliveryCompleteCount: number
  readonly nextFetchOffset: number
  readonly canAcquire: boolean
  readonly batches: readonly {
    readonly firstOffset: number
    readonly lastOffset: number
    readonly states: readonly StateDump[]
    readonly isSplit?: boolean
  }[]
}

interface WriteDump {
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly stateBatches: number[][]
}

interface Answer {
  acquired?: number[][]
  count?: number
  writes: WriteDump[]
  results: (number | string | null)[][]
  deadLetters: (number | string)[][]
  state?: PartitionDump
  error?: string
}

/** A share partition here, and the same one in Kafka's class. */
export class ShareTwins {
  readonly #driver: JavaDriver
  #clock = new ManualClock()
  #configs: TwinConfigs | undefined
  #partition: SharePartition | undefined
  #answer: Answer = { writes: [], results: [], deadLetters: [] }
  #writes: ((errorCode: ErrorCode) => void)[] = []
  #deadLetters = new Map<number, () => void>()
  /** Whether locks expire. The writes for them end at once: Kafka may have more of them. */
  #isExpiring = false

  constructor(driver: JavaDriver) {
    this.#driver = driver
  }

  /** The number of writes that have not ended. */
  get openWrites(): number {
    return this.#writes.length
  }

  /** The first offsets of the records that are being written to the dead-letter topic. */
  get openDeadLetters(): readonly number[] {
    return [...this.#deadLetters.keys()]
  }

  /**
   * Runs a command on both. Returns the state, or `undefined` if Kafka's class fails or is going
   * to.
   *
   * @throws Error if they differ
   */
  async run(command: TwinCommand): Promise<PartitionDump | undefined> {
    const theirs = (await this.#driver.ask(command)) as unknown as Answer
    if (theirs.error !== undefined) return undefined
    const ours = await this.#run(command)
    const expected = command.do === 'advance' ? merged(theirs) : theirs
    const actual = command.do === 'advance' ? merged(ours) : ours
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(actual)), expected)) {
      const [one, other] = [expected, actual].map((value) => JSON.stringify(value))
      throw new Error(`${JSON.stringify(command)}\nKafka:   ${one}\nOdradek: ${other}`)
    }
    return hasPassedSplitBatch(theirs.state!) ? undefined : theirs.state
  }

  async #run(command: TwinCommand): Promise<Answer> {
    this.#answer = { writes: [], results: [], deadLetters: [] }
    switch (command.do) {
      case 'begin':
        this.#begin(command)
        break
      case 'configure':
        this.#configs = command.configs
        break
      case 'acquire': {
        const { memberId, mode, batchSize, maxRecords, fetchOffset, isCommitted } = command
        const fetched = new FetchedBatches()
        fetched.add([Buffer.from(command.records, 'base64')])
        const request = { memberId, mode, batchSize, maxRecords, fetchOffset }
        const aborted = isCommitted ? command.aborted : null
        const { records, count } = this.#partition!.acquire(request, fetched, aborted)
        this.#answer.acquired = records.map(({ firstOffset, lastOffset, deliveryCount }) => [
          firstOffset,
          lastOffset,
          deliveryCount,
        ])
        this.#answer.count = count
        break
      }
      case 'acknowledge':
        this.#report(command.id, this.#partition!.acknowledge(command.memberId, command.batches))
        break
      case 'release':
        this.#report(command.id, this.#partition!.releaseMember(command.memberId))
        break
      case 'moveStart':
        this.#partition!.onLogStartMoved(command.offset)
        break
      case 'advance':
        this.#isExpiring = true
        await this.#clock.advance(command.ms)
        this.#isExpiring = false
        break
      case 'endWrite':
        this.#writes.shift()!(command.errorCode)
        break
      case 'endDeadLetter':
        this.#deadLetters.get(command.firstOffset)!()
        this.#deadLetters.delete(command.firstOffset)
        break
    }
    await settle()
    this.#answer.state = this.#dump()
    return this.#answer
  }

  #begin({ id, configs, startOffset, stateBatches }: TwinCommand & { do: 'begin' }): void {
    this.#configs = configs
    this.#clock = new ManualClock()
    this.#writes = []
    this.#deadLetters = new Map()
    const result = { partition: 0, errorCode: ErrorCode.None, stateEpoch: 7, startOffset }
    const partitions = [{ ...result, stateBatches: [...stateBatches] }]
    this.#partition = new SharePartition({
      id: { groupId: 'group', topic: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAABA', partition: 0 },
      leaderEpoch: 3,
      clock: this.#clock,
      config: () => this.#config(),
      initialOffset: () => 0,
      deadLetters: {
        write: ({ firstOffset, lastOffset, deliveryCount, cause }) => {
          this.#answer.deadLetters.push([firstOffset, lastOffset, deliveryCount, cause])
          return new Promise((resolve) => this.#deadLetters.set(firstOffset, resolve))
        },
      },
      persister: {
        readState: ({ topics }) => ({ results: [{ topicId: topics[0]!.topicId, partitions }] }),
        writeState: ({ topics: [topic] }) => {
          const { partition, stateBatches: batches, ...rest } = topic!.partitions[0]!
          const stored = batches.map(
            ({ firstOffset, lastOffset, deliveryState, deliveryCount }) => [
              firstOffset,
              lastOffset,
              deliveryState,
              deliveryCount,
            ],
          )
          this.#answer.writes.push({ ...rest, stateBatches: stored })
          const { topicId } = topic!
          const resultOf = (errorCode: ErrorCode) => {
            const written = { partition, errorCode, errorMessage: 'refused' }
            return { results: [{ topicId, partitions: [written] }] }
          }
          if (this.#isExpiring) return resultOf(ErrorCode.None)
          return new Promise((resolve) => {
            this.#writes.push((errorCode) => resolve(resultOf(errorCode)))
          })
        },
      },
    })
    this.#report(id, this.#partition.initialize())
  }

  #config(): SharePartitionConfig {
    const { maxDeliveryCount, hasDeadLetterTopic, ...rest } = this.#configs!
    return { ...rest, rules: { maxDeliveryCount, hasDeadLetterTopic } }
  }

  /** Adds the result to the answer of the command with which it ends. */
  #report(id: number, result: Promise<ApiError | undefined> | ApiError | undefined): void {
    const onResult = (error: ApiError | undefined): void => {
      this.#answer.results.push([id, error?.errorCode ?? 0, error?.message ?? null])
    }
    if (result instanceof Promise) void result.then(onResult)
    else onResult(result)
  }

  #dump(): PartitionDump {
    const { inFlight } = this.#partition!
    const nextFetchOffset = inFlight.nextFetchOffset()
    const { startOffset, endOffset, deliveryCompleteCount } = inFlight
    return {
      startOffset,
      endOffset,
      deliveryCompleteCount,
      nextFetchOffset,
      canAcquire: inFlight.canAcquire(nextFetchOffset, this.#configs!.maxInFlightRecords),
      batches: Array.from(inFlight.batches, ({ firstOffset, lastOffset, state, offsetStates }) => ({
        firstOffset,
        lastOffset,
        states: state === undefined ? offsetStates!.map(dumpOf) : [dumpOf(state)],
        ...(state === undefined && { isSplit: true }),
      })),
    }
  }
}

/**
 * Whether the log start offset has moved past a batch whose records have their own states. When
 * Kafka's class stores a change then, it throws NullPointerException, and does the rest of the work
 * at some later change or never.
 */
function hasPassedSplitBatch({ startOffset, batches }: PartitionDump): boolean {
  const floor = batches.findLast(({ firstOffset }) => firstOffset <= startOffset)
  return floor?.isSplit === true && floor.lastOffset < startOffset
}

function dumpOf({ state, deliveryCount, memberId, isChanging }: InFlightState): StateDump {
  return [state, deliveryCount, memberId, isChanging]
}

/** Kafka writes once for each record whose lock expires, in any order. */
function merged({ writes, deadLetters, ...answer }: Answer): unknown {
  const states = new Map<number, number[]>()
  for (const { stateBatches } of writes) {
    for (const [first, last, ...state] of stateBatches) {
      for (let offset = first!; offset <= last!; offset++) states.set(offset, state)
    }
  }
  return {
    ...answer,
    writes: [...states].sort(([a], [b]) => a - b),
    deadLetters: deadLetters.toSorted(([a], [b]) => Number(a) - Number(b)),
  }
}
