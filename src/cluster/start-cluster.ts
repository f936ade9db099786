import { RunningCluster } from './cluster.ts'
import type { ClusterEnvironment } from './environment.ts'
import type { ClusterOptions } from './options.ts'
import { withDefaults } from './resolve-options.ts'

/** Options of a cluster whose environment is passed. */
export type OptionsInEnvironment = Omit<
  ClusterOptions,
  'clock' | 'dataDir' | 'logLevel' | 'storage'
>

/**
 * Starts a cluster in the given environment, for tests and simulations. Resolves when clients can
 * connect to every broker. The cluster releases the environment when it is closed, and when the
 * start fails.
 *
 * @throws OdradekError as `startCluster` does
 */
export async function startClusterIn(
  environment: ClusterEnvironment,
  options: OptionsInEnvironment = {},
): Promise<RunningCluster> {
  return RunningCluster.start(environment, withDefaults(options))
}
