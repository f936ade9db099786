import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tools } from '../setup/tools.ts'
import { jvmOptions } from './java-tools.ts'

const driver = fileURLToPath(new URL('../java/UnifiedLogDriver.java', import.meta.url))

/** The state of a log. */
export interface LogState {
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly recoveryPoint: number
  readonly latestEpoch: number
  /** Base offset and size in bytes of each segment. */
  readonly segments: readonly (readonly [number, number])[]
  readonly producers: readonly Readonly<Record<string, number>>[]
}

/** The result of a command. An error is one that a broker would return, with the exception. */
export interface UnifiedLogAnswer {
  readonly state?: LogState
  readonly errorCode?: number
  readonly error?: string
  readonly [field: string]: unknown
}

/**
 * Kafka's own `UnifiedLog`, in a Java process, one log at a time. See `java/UnifiedLogDriver.java`.
 */
export class UnifiedLogProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string) => void)[] = []
  #said = ''
  #hasEnded = false

  constructor(tool: Tools['kafka']) {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    this.#child = spawn(tool.executable, [...jvmOptions(tool.classpath), driver])
    createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.(line))
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    this.#child.on('close', () => {
      this.#hasEnded = true
      for (const resolve of this.#waiting) resolve('{"error":"ended"}')
    })
  }

  /**
   * Runs one command.
   *
   * @throws Error if Kafka throws an exception that is not a response of a broker
   */
  async tell(what: string, details: Readonly<Record<string, unknown>> = {}) {
    if (this.#hasEnded) throw new Error(`the driver has ended: ${this.#said}`)
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve)
      this.#child.stdin.write(`${JSON.stringify({ do: what, ...details })}\n`)
    })
    const answer = JSON.parse(line) as UnifiedLogAnswer
    if (answer.error !== undefined && (answer.errorCode ?? -1) < 0) {
      throw new Error(`${what} ${JSON.stringify(details)}: ${answer.error}\n${this.#said}`)
    }
    return answer
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    if (!this.#hasEnded) await ended
  }
}
