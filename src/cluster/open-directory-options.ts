import { OdradekError } from '../platform/odradek-error.ts'
import { resolveOptions, type ClusterOptions, type ResolvedOptions } from './options.ts'

type Shared =
  | 'host'
  | 'port'
  | 'advertisedHost'
  | 'advertisedPort'
  | 'clusterId'
  | 'config'
  | 'profile'
  | 'clock'
  | 'logLevel'
  | 'keepAlive'
  | 'onBrokerFailure'

/** How directories are opened: there is one broker, and the topics are those in the directories. */
export interface OpenDirectoryOptions extends Pick<ClusterOptions, Shared> {
  /** Topics that are to be called otherwise, by the names that their directories have. Default none. */
  readonly names?: Readonly<Record<string, string>>
}

/** What follows from the directories. */
const excluded = ['brokers', 'firstBrokerId', 'dataDir', 'storage', 'topics'] as const

/**
 * Checks the options and fills in the defaults.
 *
 * @throws OdradekError `INVALID_OPTION` that names the option and what is allowed
 */
export function resolveOpenOptions(options: OpenDirectoryOptions): {
  readonly names: Readonly<Record<string, string>>
  readonly resolved: ResolvedOptions
} {
  const { names = {}, ...others } = options
  const wrong = excluded.find((name) => Object.hasOwn(others, name))
  if (wrong !== undefined) {
    throw new OdradekError('INVALID_OPTION', `${wrong} is not an option of openDirectory`)
  }
  const values: unknown[] = Object.values(names)
  if (!values.every((name) => typeof name === 'string' && name !== '')) {
    throw new OdradekError('INVALID_OPTION', 'names must be names of topics by names of topics')
  }
  return { names, resolved: resolveOptions(others) }
}
