/** Returns the cause of a rebalance with the reason that the client sent, if any (KIP-800). */
export function withReason(cause: string, reason: string | null): string {
  return reason === null || reason === '' ? cause : `${cause}: ${reason}`
}
