import type { ControllerRequests, CreatableTopic } from '../controller/operations.ts'
import type { Clock } from '../platform/clock.ts'
import { ErrorCode, errorMessage as messageOf } from '../protocol/error-code.ts'

/** The error of a topic, and until when it is reported. */
interface CreationError {
  readonly message: string
  readonly expiresAtMs: number
}

/** The number of topics whose errors are kept. */
const CAPACITY = 1000

/**
 * Creates the internal topics of streams groups (Kafka's `AutoTopicCreationManager`). A topic that
 * could not be created is tried again when its error has expired.
 */
export class StreamsInternalTopics {
  readonly #controller: Pick<ControllerRequests, 'createTopics'>
  readonly #clock: Clock
  readonly #inFlight = new Set<string>()
  /** The errors by topic, in the order in which they were added. */
  readonly #errors = new Map<string, CreationError>()

  constructor(controller: Pick<ControllerRequests, 'createTopics'>, clock: Clock) {
    this.#controller = controller
    this.#clock = clock
  }

  /** Returns the errors of these topics, by name. */
  errorsOf(names: Iterable<string>): ReadonlyMap<string, string> {
    const errors = new Map<string, string>()
    for (const name of names) {
      const error = this.#errors.get(name)
      if (error !== undefined && error.expiresAtMs > this.#clock.now()) {
        errors.set(name, error.message)
      }
    }
    return errors
  }

  /** Creates the topics, without waiting. Errors are kept for `ttlMs`. */
  create(topics: Iterable<CreatableTopic>, ttlMs: number): void {
    const wanted = [...topics].filter(
      ({ name }) => !this.#inFlight.has(name) && this.errorsOf([name]).size === 0,
    )
    if (wanted.length === 0) return
    for (const { name } of wanted) this.#inFlight.add(name)
    void this.#create(wanted, ttlMs)
  }

  async #create(wanted: readonly CreatableTopic[], ttlMs: number): Promise<void> {
    const results = await this.#controller.createTopics(wanted)
    for (const { name } of wanted) this.#inFlight.delete(name)
    for (const { name, errorCode, errorMessage } of results) {
      if (errorCode === ErrorCode.None) this.#errors.delete(name)
      else this.#addError(name, errorMessage || (messageOf(errorCode) ?? ''), ttlMs)
    }
  }

  #addError(name: string, message: string, ttlMs: number): void {
    this.#errors.delete(name)
    this.#errors.set(name, { message, expiresAtMs: this.#clock.now() + ttlMs })
    for (const oldest of this.#errors.keys()) {
      if (this.#errors.size <= CAPACITY) return
      this.#errors.delete(oldest)
    }
  }
}
