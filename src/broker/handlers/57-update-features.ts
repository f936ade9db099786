import { mapAnswer } from '../../controller/answer.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { UpdateFeatures } from '../../protocol/messages/57-update-features.ts'
import type { Handler } from './handler.ts'

/** The first version without a result for each feature. */
const FIRST_VERSION_WITHOUT_RESULTS = 2

/**
 * UpdateFeatures (57): changes the levels of features, for example `transaction.version`
 * (KIP-584). All changes take effect, or none.
 *
 *   v1  upgradeType instead of allowDowngrade, which Kafka ignores; validateOnly (KIP-778)
 *   v2  no results per feature
 */
export const updateFeatures: Handler<typeof UpdateFeatures> = (
  { featureUpdates, validateOnly },
  { services, apiVersion },
) =>
  mapAnswer(services.controller.updateFeatures(featureUpdates, { validateOnly }), (outcome) => {
    const hasResults =
      outcome.errorCode === ErrorCode.None && apiVersion < FIRST_VERSION_WITHOUT_RESULTS
    return { ...outcome, results: hasResults ? featureUpdates.map(succeeded) : [] }
  })

/** Kafka sends the text NONE for each feature. */
function succeeded({ feature }: { readonly feature: string }) {
  return { feature, errorCode: ErrorCode.None, errorMessage: 'NONE' }
}
