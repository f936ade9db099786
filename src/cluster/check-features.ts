import { inspect } from 'node:util'
import { initialLevelsOf, supportedFeatures } from '../controller/features.ts'
import type { OdradekError } from '../platform/odradek-error.ts'
import { closestName } from './closest-name.ts'
import { invalidOption } from './option-rules.ts'

/**
 * Checks the feature levels of a new cluster.
 *
 * @throws OdradekError `INVALID_OPTION`, which names the feature and the possible levels
 */
export function checkFeatures(features: Readonly<Record<string, unknown>>): void {
  for (const [feature, level] of Object.entries(features)) {
    const levels = initialLevelsOf(feature)
    if (levels === undefined) throw unknownFeature(feature)
    const { min, max } = levels
    if (!Number.isInteger(level) || (level as number) < min || (level as number) > max) {
      const allowed = min === max ? `${min}` : `a whole number from ${min} to ${max}`
      throw invalidOption(
        (nameOf) => `${feature} of ${nameOf('features')} must be ${allowed}, not ${inspect(level)}`,
      )
    }
  }
}

function unknownFeature(feature: string): OdradekError {
  const names = [...supportedFeatures.keys()].toSorted()
  const meant = closestName(feature, names)
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return invalidOption(
    (nameOf) =>
      `${nameOf('features')} contains ${feature}, which is not a feature of Kafka 4.4${hint}. The features are ${names.join(', ')}`,
  )
}
