import { OdradekError } from '../platform/odradek-error.ts'

/** Returns the error of an operation on a cluster that is closed, or was closed meanwhile. */
export function clusterClosed(): OdradekError {
  return new OdradekError('CLUSTER_CLOSED', 'The cluster is closed: start another one')
}
