import type { ClientSettings } from './client-options.ts'
import type { Connections } from './connection/connections.ts'
import type { ClusterMetadata } from './metadata/cluster-metadata.ts'

/** The parts of a client that producers, consumers and the admin share. */
export interface ClientCore {
  readonly settings: ClientSettings
  readonly connections: Connections
  readonly metadata: ClusterMetadata
  /** Aborted when the client closes. */
  readonly closing: AbortSignal
  /** Returns a name for connections of its own. */
  newChannel(purpose: string): string
}
