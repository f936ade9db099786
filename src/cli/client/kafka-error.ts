import { errorMessage, errorName } from '../../protocol/error-code.ts'
import { CliError } from '../cli-error.ts'

/** An error code that a broker answered with. */
export class KafkaError extends CliError {
  readonly code: number

  /** @param what what was tried, such as `creating topic orders` */
  constructor(code: number, what: string, message?: string | null) {
    super(`${what}: ${errorName(code)}: ${message ?? errorMessage(code)}`)
    this.code = code
  }
}

/** Throws a {@link KafkaError} unless the code is that of success. */
export function check(code: number, what: string, message?: string | null): void {
  if (code !== 0) throw new KafkaError(code, what, message)
}
