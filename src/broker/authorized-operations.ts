/** The operations (codes of Kafka's `AclOperation`) that each type of resource supports. */
const supportedOperations = {
  topic: [3, 4, 5, 6, 7, 8, 10, 11],
  group: [3, 6, 8, 10, 11],
  cluster: [5, 7, 8, 9, 10, 11, 12],
} as const

/** The value of the field if the request does not ask for the operations. */
const NOT_REQUESTED = -(2 ** 31)

/**
 * Returns the operations that the client may perform on a resource, one bit per code (KIP-430).
 * Without an authorizer these are all operations of the resource type.
 */
export function authorizedOperations(
  resourceType: keyof typeof supportedOperations,
  isRequested: boolean,
): number {
  if (!isRequested) return NOT_REQUESTED
  return supportedOperations[resourceType].reduce<number>((bits, code) => bits | (1 << code), 0)
}
