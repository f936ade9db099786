import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { waitMs } from './patience.ts'

/** Much longer than a rebalance on a busy machine. */
export const stuckAfterMs = 20_000
/** The start of a JVM on a busy machine takes longer than its transactions. */
const startsWithinMs = 60_000

/** The options of a transformer program. */
export interface TransformerOptions {
  readonly bootstrapServers: string
  readonly group: string
  readonly from: string
  readonly to: string
  readonly transactionalId: string
  /** The maximum number of records in a transaction. */
  readonly batch: number
  readonly sessionTimeoutMs: number
}

/**
 * A process that consumes, transforms and produces exactly once (`clients/*` with the name
 * `transformer`). The key of an output record is the partition and offset of its input.
 */
export class Transformer {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown>
  readonly #waiting = new Set<() => void>()
  readonly #lastWords: string[] = []
  #watchdog: NodeJS.Timeout | undefined
  /** The number of transactions that it has committed. */
  committed = 0
  /** Whether it was killed because it did not commit anything for a time. */
  isStuck = false

  /** @param onEnd called when it ends, for whatever reason */
  constructor(
    command: readonly [string, ...string[]],
    options: TransformerOptions,
    onEnd: (ended: Transformer) => void,
  ) {
    const [executable, ...args] = command
    this.#child = spawn(executable, [...args, JSON.stringify(options)])
    this.#ended = once(this.#child, 'close')
    this.#watch(startsWithinMs)
    this.#child.on('close', () => {
      clearTimeout(this.#watchdog)
      this.#wake()
      onEnd(this)
    })
    createInterface(this.#child.stdout).on('line', (line) => {
      if (line === 'ready') this.#watch(stuckAfterMs)
      if (line.startsWith('committed ')) this.#count()
      this.#hear(line)
    })
    createInterface(this.#child.stderr).on('line', (line) => this.#hear(line))
    this.#child.stdin.on('error', () => {})
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The last lines of its output, to explain a failure. */
  get lastWords(): string {
    return this.#lastWords.join('\n')
  }

  /** Resolves when it has committed this many transactions more, or has ended. */
  async progress(transactions: number): Promise<void> {
    const goal = this.committed + transactions
    const deadline = AbortSignal.timeout(waitMs)
    deadline.addEventListener('abort', () => this.#wake())
    while (this.committed < goal && this.isRunning) {
      if (deadline.aborted) throw new Error(`the transformer does not go on: ${this.lastWords}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Stops the process where it is, until {@link resume}. */
  suspend(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    await this.#ended
  }

  /** Lets it end after its current transaction. */
  async stop(): Promise<void> {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), waitMs)
    this.#child.stdin.end()
    await this.#ended
    clearTimeout(deadline)
  }

  #count(): void {
    this.committed++
    this.#watch(stuckAfterMs)
  }

  /**
   * Sometimes kafkajs and librdkafka do not end after an error, because they wait for a connection
   * that they do not open. As in production, something else notices.
   */
  #watch(afterMs: number): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = setTimeout(() => {
      this.isStuck = true
      this.#child.kill('SIGKILL')
    }, afterMs)
  }

  #hear(line: string): void {
    this.#lastWords.push(line)
    if (this.#lastWords.length > 20) this.#lastWords.shift()
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
