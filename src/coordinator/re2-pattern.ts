import { loadRe2 } from '../platform/require.mjs'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'

/** Whether a text as a whole matches a pattern. */
export type Pattern = (text: string) => boolean

/** Returns a pattern in the syntax of RE2, which Kafka uses, or INVALID_REGULAR_EXPRESSION. */
export function re2Pattern(expression: string): Pattern | ApiError {
  const { RE2JS } = loadRe2()
  try {
    const pattern = RE2JS.compile(expression)
    return (text) => pattern.matches(text)
  } catch {
    return ApiError.of(ErrorCode.InvalidRegularExpression)
  }
}
