import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { AlterConfigOperation } from '../protocol/config-resource.ts'
import type { IncrementalConfigChange } from './incremental-config-change.ts'

const LEVELS = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']

/** The root logger, the parent of all loggers of a Kafka broker. It is the only one here. */
const ROOT = 'root'

/**
 * The log levels of one broker that clients can read and set (BROKER_LOGGER resources). They are
 * lost on a restart.
 */
export class BrokerLoggers {
  readonly #levels = new Map([[ROOT, 'WARN']])

  get levels(): ReadonlyMap<string, string> {
    return this.#levels
  }

  /** Applies all changes, or none and returns the reason. */
  change(changes: readonly IncrementalConfigChange[], validateOnly: boolean): ApiError | undefined {
    for (const change of changes) {
      const complaint = this.#complaint(change)
      if (complaint !== undefined) return complaint
    }
    if (validateOnly) return undefined
    for (const { name, value } of changes) this.#levels.set(name, value!)
    return undefined
  }

  #complaint({ name, configOperation, value }: IncrementalConfigChange): ApiError | undefined {
    switch (configOperation) {
      case AlterConfigOperation.Set:
        if (!this.#levels.has(name)) return noLogger(name)
        return LEVELS.includes(value!)
          ? undefined
          : new ApiError(
              ErrorCode.InvalidConfig,
              `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${LEVELS.join(', ')}`,
            )
      case AlterConfigOperation.Delete:
        return this.#levels.has(name)
          ? new ApiError(
              ErrorCode.InvalidRequest,
              'Removing the log level of the root logger is not allowed',
            )
          : noLogger(name)
      case AlterConfigOperation.Append:
        return notAllowed('APPEND')
      case AlterConfigOperation.Subtract:
        return notAllowed('SUBTRACT')
      default:
        return ApiError.of(ErrorCode.UnknownServerError)
    }
  }
}

function noLogger(name: string): ApiError {
  return new ApiError(ErrorCode.InvalidConfig, `Logger ${name} does not exist!`)
}

function notAllowed(operation: string): ApiError {
  return new ApiError(
    ErrorCode.InvalidRequest,
    `${operation} operation is not allowed for the BROKER_LOGGER resource`,
  )
}
