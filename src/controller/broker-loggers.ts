import { ErrorCode } from '../protocol/error-code.ts'
import { AlterConfigOperation } from './config-resource.ts'
import type { IncrementalConfigChange } from './operations.ts'
import type { Refusal } from './partition-layout.ts'
import { refusal } from './partition-layout.ts'

const LEVELS = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']

/** The logger that all others of a Kafka broker descend from, and the only one here. */
const ROOT = 'root'

/** The log levels of one broker, as clients see and set them (BROKER_LOGGER resources). Not kept over a restart. */
export class BrokerLoggers {
  readonly #levels = new Map([[ROOT, 'WARN']])

  get levels(): ReadonlyMap<string, string> {
    return this.#levels
  }

  /** Applies all the changes, or none and says why. */
  change(changes: readonly IncrementalConfigChange[], validateOnly: boolean): Refusal | undefined {
    for (const change of changes) {
      const complaint = this.#complaint(change)
      if (complaint !== undefined) return complaint
    }
    if (validateOnly) return undefined
    for (const { name, value } of changes) this.#levels.set(name, value!)
    return undefined
  }

  #complaint({ name, configOperation, value }: IncrementalConfigChange): Refusal | undefined {
    switch (configOperation) {
      case AlterConfigOperation.Set:
        if (!this.#levels.has(name)) return noLogger(name)
        return LEVELS.includes(value!)
          ? undefined
          : refusal(
              ErrorCode.InvalidConfig,
              `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${LEVELS.join(', ')}`,
            )
      case AlterConfigOperation.Delete:
        return this.#levels.has(name)
          ? refusal(
              ErrorCode.InvalidRequest,
              'Removing the log level of the root logger is not allowed',
            )
          : noLogger(name)
      case AlterConfigOperation.Append:
        return notAllowed('APPEND')
      case AlterConfigOperation.Subtract:
        return notAllowed('SUBTRACT')
      default:
        return refusal(ErrorCode.UnknownServerError)
    }
  }
}

function noLogger(name: string): Refusal {
  return refusal(ErrorCode.InvalidConfig, `Logger ${name} does not exist!`)
}

function notAllowed(operation: string): Refusal {
  return refusal(
    ErrorCode.InvalidRequest,
    `${operation} operation is not allowed for the BROKER_LOGGER resource`,
  )
}
