import { ZERO_UUID, type Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'

/** The listener that a new voter must have. */
const CONTROLLER_LISTENER = 'CONTROLLER'

/** The replica of the metadata log that is added to the voters, or removed from them. */
export interface ChangedVoter {
  /** The id of the cluster that the sender means; `null` for any. */
  readonly clusterId: string | null
  readonly voterId: number
  readonly voterDirectoryId: Uuid
}

export interface AddedVoter extends ChangedVoter {
  readonly listeners: readonly VoterListener[]
}

interface VoterListener {
  readonly name: string
  readonly host: string
  readonly port: number
}

/**
 * Returns the error of a request to add a voter (Kafka's `AddVoterHandler`). The voters of a
 * cluster with `kraft.version` 0 are fixed.
 */
export function refuseAddedVoter(clusterId: string, voter: AddedVoter): ApiError {
  const { listeners } = voter
  const hasListener = listeners.some(({ name }) => name.toUpperCase() === CONTROLLER_LISTENER)
  const invalid = invalidVoter(clusterId, voter, 'Add')
  if (invalid !== undefined) return invalid
  if (!hasListener) {
    return new ApiError(
      ErrorCode.InvalidRequest,
      `Add voter request didn't include the endpoint (${endpointsText(listeners)}) for the default listener ListenerName(${CONTROLLER_LISTENER})`,
    )
  }
  return fixedVoters('adding')
}

/** Returns the error of a request to remove a voter (Kafka's `RemoveVoterHandler`). */
export function refuseRemovedVoter(clusterId: string, voter: ChangedVoter): ApiError {
  return invalidVoter(clusterId, voter, 'Remove') ?? fixedVoters('removing')
}

function invalidVoter(
  clusterId: string,
  voter: ChangedVoter,
  verb: 'Add' | 'Remove',
): ApiError | undefined {
  if (voter.clusterId !== null && voter.clusterId !== clusterId) {
    return new ApiError(
      ErrorCode.InconsistentClusterId,
      `The given id "${voter.clusterId}" doesn't match the cluster id "${clusterId}"`,
    )
  }
  if (voter.voterId >= 0 && voter.voterDirectoryId !== ZERO_UUID) return undefined
  return new ApiError(
    ErrorCode.InvalidRequest,
    `${verb} voter request didn't include a valid voter`,
  )
}

function fixedVoters(change: 'adding' | 'removing'): ApiError {
  return new ApiError(
    ErrorCode.UnsupportedVersion,
    `Cluster doesn't support ${change} voter because the kraft.version feature is 0`,
  )
}

function endpointsText(listeners: readonly VoterListener[]): string {
  const entries = listeners.map(
    ({ name, host, port }) => `ListenerName(${name.toUpperCase()})=${host}/<unresolved>:${port}`,
  )
  return `Endpoints(endpoints={${entries.join(', ')}})`
}
