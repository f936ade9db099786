import { checkOptions, openDirectoryRules } from './option-rules.ts'
import type { OpenDirectoryOptions } from './open-directory-options.ts'
import { resolveOptions, type ResolvedOptions } from './resolve-options.ts'

/** Options of opening directories. */
export interface OpenTopicsOptions {
  /** New names of topics, by their names in the directories. */
  readonly names: Readonly<Record<string, string>>
  readonly skipCorruptBatches: boolean
  readonly verify: 'tail' | 'batches' | 'records'
}

/** Options with their defaults filled in. */
export interface ResolvedOpenOptions extends OpenTopicsOptions {
  readonly resolved: ResolvedOptions
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws OdradekError `INVALID_OPTION`, which names the option and the allowed values
 */
export function resolveOpenOptions(options: OpenDirectoryOptions): ResolvedOpenOptions {
  checkOptions(options, openDirectoryRules, 'openDirectory')
  const { names = {}, skipCorruptBatches = false, verify = 'batches', ...others } = options
  return {
    names,
    skipCorruptBatches,
    verify: skipCorruptBatches ? 'records' : verify,
    resolved: resolveOptions(others),
  }
}
