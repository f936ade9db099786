import { ErrorCode } from '../protocol/error-code.ts'

/**
 * What is answered to whoever would change a topic that is served from files which must stay as they are: an error that
 * no client tries again.
 */
export const READ_ONLY_ERROR = ErrorCode.PolicyViolation

/** The same in words. */
export function readOnlyMessage(topic: string): string {
  return `Topic ${topic} is read-only: its files are served as they are.`
}
