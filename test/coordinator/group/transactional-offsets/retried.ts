import { ErrorCode } from '../../../../src/protocol/error-code.ts'

const transientErrors: ReadonlySet<number> = new Set([
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.NotCoordinator,
  ErrorCode.ConcurrentTransactions,
])

/** Sends a request again while the coordinator is not ready. */
export async function retried<T extends { readonly errorCode: number }>(
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (!transientErrors.has(answer.errorCode)) return answer
  }
}
