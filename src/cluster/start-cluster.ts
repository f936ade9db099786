import { RunningCluster } from './cluster.ts'
import type { ClusterEnvironment } from './environment.ts'
import type { ClusterOptions } from './options.ts'
import { withDefaults } from './resolve-options.ts'

/** The options of a cluster whose environment is handed in. */
export type OptionsInEnvironment = Omit<
  ClusterOptions,
  'clock' | 'dataDir' | 'logLevel' | 'storage'
>

/**
 * Starts a cluster in an environment that is handed in, as tests and simulations do. Resolves when every broker can be reached. The
 * cluster releases the environment when it is closed and when the start fails.
 *
 * @throws OdradekError as `startCluster` does
 */
export async function startClusterIn(
  environment: ClusterEnvironment,
  options: OptionsInEnvironment = {},
): Promise<RunningCluster> {
  return RunningCluster.start(environment, withDefaults(options))
}
