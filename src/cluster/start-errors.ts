import { OdradekError } from '../platform/odradek-error.ts'
import { errorCodeOf, hasErrorCode } from '../platform/system-error.ts'

/** Returns the error for a listener whose port cannot be bound. Its message says what to do. */
export function listenError(
  error: unknown,
  { name, host, port }: { readonly name: string; readonly host: string; readonly port: number },
): OdradekError {
  const address = `Port ${port} on ${host} (listener ${name})`
  switch (errorCodeOf(error)) {
    case 'EADDRINUSE':
      return unavailable(
        `${address} is in use: stop the program that uses it, or use another port`,
        error,
      )
    case 'EACCES':
      return unavailable(`${address} may not be bound: use a port of 1024 or above`, error)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OdradekError(
        'PORT_UNAVAILABLE',
        (nameOf) =>
          `${host} is not an address of this machine (listener ${name}): use 127.0.0.1, or 0.0.0.0 for all addresses. ${nameOf('advertisedHost')} sets the address that clients get`,
        { cause: error },
      )
    default:
      return unavailable(`${address} cannot be bound: ${reasonOf(error)}`, error)
  }
}

/** Returns the error for a data directory that cannot be opened. Its message says what to do. */
export function dataDirectoryError(error: unknown, directory: string): OdradekError {
  if (error instanceof OdradekError) return error
  if (hasErrorCode(error, 'ELOCKED')) {
    const reason = reasonOf(error).replace(/^ELOCKED: t/, 'T')
    const message = `${reason}: close that cluster, or use another directory`
    return new OdradekError('DATA_DIRECTORY_LOCKED', message, { cause: error })
  }
  const message = `Cannot open ${directory}: ${reasonOf(error)}`
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', message, { cause: error })
}

/** Returns the error for a directory that belongs to another cluster. */
export function foreignDirectory(
  directory: string,
  owner: string,
  clusterId: string,
): OdradekError {
  const message = `${directory} belongs to cluster ${owner}, not to cluster ${clusterId}: use that cluster id, or another directory`
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', message)
}

/** Returns the error for a directory whose metadata log belongs to another first broker. */
export function otherFirstBroker(
  directory: string,
  owner: number,
  firstBrokerId: number,
): OdradekError {
  return new OdradekError(
    'DATA_DIRECTORY_UNUSABLE',
    (nameOf) =>
      `The first broker of the cluster in ${directory} is ${owner}, not ${firstBrokerId}: start it with ${nameOf('firstBrokerId')} ${owner}, or use another directory`,
  )
}

/**
 * Returns the error for a directory with partitions but without their metadata log. A start with a
 * new metadata log would lose them.
 */
export function metadataMissing(partition: string, directories: readonly string[]): OdradekError {
  const message =
    `${partition} is the directory of a partition, but the metadata log __cluster_metadata-0 is missing or empty in ` +
    `${directories.join(', ')}: restore it, or use an empty directory`
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', message)
}

function unavailable(message: string, cause: unknown): OdradekError {
  return new OdradekError('PORT_UNAVAILABLE', message, { cause })
}

function reasonOf(error: unknown): string {
  return (error as Partial<Error> | null)?.message ?? String(error)
}
