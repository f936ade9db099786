import { OdradekError } from '../platform/odradek-error.ts'

/** Why a port could not be bound, in words that say what to do. */
export function listenError(error: unknown, host: string, port: number): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return unavailable(
        `Port ${port} on ${host} is in use: stop what uses it, or take another port`,
        error,
      )
    case 'EACCES':
      return unavailable(`Port ${port} on ${host} may not be bound: take one from 1024 on`, error)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unavailable(
        `${host} is not an address of this machine: take 127.0.0.1, or 0.0.0.0 for all`,
        error,
      )
    default:
      return error
  }
}

/** Why a data directory could not be opened, in words that say what to do. */
export function dataDirectoryError(error: unknown, directory: string): unknown {
  if (error instanceof OdradekError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (codeOf(error) === 'ELOCKED') {
    return new OdradekError('DATA_DIRECTORY_LOCKED', reason, { cause: error })
  }
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', `Can't open ${directory}: ${reason}`, {
    cause: error,
  })
}

function unavailable(message: string, cause: unknown): OdradekError {
  return new OdradekError('PORT_UNAVAILABLE', message, { cause })
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
