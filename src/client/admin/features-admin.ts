import { ApiVersions, UpdateFeatures } from '../../protocol/messages/index.ts'
import type { ClientCore } from '../client-core.ts'
import { BrokerError, check } from '../client-error.ts'
import { apiVersionsRequest } from '../connection/api-versions.ts'
import { retry } from '../retry.ts'
import type { ChangeOptions, CallOptions } from './call-options.ts'

/** The `upgradeType` of UpdateFeatures. */
const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

/** A range of levels. */
export interface LevelRange {
  readonly min: number
  readonly max: number
}

/** The features of a cluster. */
export interface FeaturesDescription {
  /** The levels in use, by name. */
  readonly finalized: ReadonlyMap<string, LevelRange>
  /** Grows with each change; `undefined` if nothing is finalized. */
  readonly finalizedEpoch: number | undefined
  /** The levels that the broker supports, by name. */
  readonly supported: ReadonlyMap<string, LevelRange>
}

/** A change of the level of a feature. */
export interface FeatureUpdate {
  readonly feature: string
  /** 0 disables the feature. */
  readonly level: number
  /**
   * Whether the level may become lower, and whether metadata may be lost then. Default `upgrade`:
   * it may not.
   */
  readonly upgradeType?: keyof typeof upgradeTypes
}

/** Describes and changes the features of a cluster, such as `transaction.version` (KIP-584). */
export class FeaturesAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns the features, as one broker knows them. */
  describe({ signal }: CallOptions = {}): Promise<FeaturesDescription> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    return retry(settings, signals, async () => {
      const broker = await metadata.any(signals)
      const response = await broker.send(ApiVersions, apiVersionsRequest)
      check(response.errorCode, 'describing the features')
      const { finalizedFeatures, finalizedFeaturesEpoch, supportedFeatures } = response
      return {
        finalized: new Map(
          finalizedFeatures.map(({ name, minVersionLevel, maxVersionLevel }) => [
            name,
            { min: minVersionLevel, max: maxVersionLevel },
          ]),
        ),
        finalizedEpoch: finalizedFeaturesEpoch === -1 ? undefined : finalizedFeaturesEpoch,
        supported: new Map(
          supportedFeatures.map(({ name, minVersion, maxVersion }) => [
            name,
            { min: minVersion, max: maxVersion },
          ]),
        ),
      }
    })
  }

  /**
   * Changes the levels of features: all of them, or none.
   *
   * @throws BrokerError `INVALID_UPDATE_VERSION` if a level is not supported, or is lower and
   * `upgradeType` does not allow that
   */
  update(
    updates: readonly FeatureUpdate[],
    { signal, validateOnly = false }: ChangeOptions = {},
  ): Promise<void> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    return retry(settings, signals, async () => {
      const controller = await metadata.controller(signals)
      const response = await controller.send(UpdateFeatures, {
        timeoutMs: settings.requestTimeoutMs,
        featureUpdates: updates.map(({ feature, level, upgradeType = 'upgrade' }) => ({
          feature,
          maxVersionLevel: level,
          allowDowngrade: upgradeType !== 'upgrade',
          upgradeType: upgradeTypes[upgradeType],
        })),
        validateOnly,
      })
      // Until v1 each feature has its own result.
      const refused = response.results.find(({ errorCode }) => errorCode !== 0)
      if (refused !== undefined)
        throw new BrokerError(
          refused.errorCode,
          `changing the level of ${refused.feature}`,
          refused.errorMessage,
        )
      check(response.errorCode, 'changing the levels of features', response.errorMessage)
    })
  }
}
