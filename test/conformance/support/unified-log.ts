import type { Tools } from '../setup/tools.ts'
import { JavaDriver } from './java-driver.ts'

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
  readonly #driver: JavaDriver

  constructor(tool: Tools['kafka']) {
    this.#driver = new JavaDriver(tool, 'UnifiedLogDriver')
  }

  /**
   * Runs one command.
   *
   * @throws Error if Kafka throws an exception that is not a response of a broker
   */
  async tell(what: string, details: Readonly<Record<string, unknown>> = {}) {
    const answer: UnifiedLogAnswer = await this.#driver.ask({ do: what, ...details })
    if (answer.error !== undefined && (answer.errorCode ?? -1) < 0) {
      const { said } = this.#driver
      throw new Error(`${what} ${JSON.stringify(details)}: ${answer.error}\n${said}`)
    }
    return answer
  }

  close(): Promise<void> {
    return this.#driver.close()
  }
}
