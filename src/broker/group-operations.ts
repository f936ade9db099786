import { mapAnswer, type Answer } from '../controller/answer.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { authorizedOperations } from './authorized-operations.ts'

/**
 * Adds the authorized operations to described groups that exist, if the request asks for them
 * (KIP-430).
 */
export function withGroupOperations<G extends { readonly errorCode: number }>(
  described: Answer<{ readonly groups: readonly G[] }>,
  isRequested: boolean,
): Answer<{ groups: (G & { authorizedOperations: number })[] }> {
  return mapAnswer(described, ({ groups }) => ({
    groups: groups.map((group) => {
      const isShown = isRequested && group.errorCode === ErrorCode.None
      return { ...group, authorizedOperations: authorizedOperations('group', isShown) }
    }),
  }))
}
