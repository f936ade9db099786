import { loadRe2 } from '../platform/require.mjs'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'

/** Whether a text as a whole matches a pattern. */
export type Pattern = (text: string) => boolean

/** The message of the library about a closing parenthesis without an opening one. */
const UNEXPECTED_PARENTHESIS = 'unexpected )'
/** The message of Kafka's library. */
const INTERNAL_ERROR = 'regexp/syntax: internal error'

/**
 * Returns a pattern in the syntax of RE2, which Kafka uses, or INVALID_REGULAR_EXPRESSION with the
 * reason.
 */
export function re2Pattern(expression: string): Pattern | ApiError {
  const { RE2JS, RE2JSSyntaxException } = loadRe2()
  try {
    const pattern = RE2JS.compile(expression)
    return (text) => pattern.matches(text)
  } catch (error) {
    const reason = error instanceof RE2JSSyntaxException ? error.getDescription() : null
    const message = reason === UNEXPECTED_PARENTHESIS ? INTERNAL_ERROR : reason
    return new ApiError(ErrorCode.InvalidRegularExpression, message)
  }
}
