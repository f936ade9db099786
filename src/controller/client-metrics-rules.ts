import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { clientMetricsConfigs } from './config/client-metrics-configs.ts'
import type { ConfigDef } from './config/config-def.ts'
import { parseConfig, parseList } from './config/config-value.ts'

const MIN_INTERVAL_MS = 100
const MAX_INTERVAL_MS = 3_600_000

/** Attributes by which a subscription can select clients (KIP-714). */
const SELECTORS: ReadonlySet<string> = new Set([
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
])

/** Returns the definition of a client-metrics config; `undefined` if Kafka has no such config. */
export function clientMetricsConfigDef(name: string): ConfigDef | undefined {
  return Object.hasOwn(clientMetricsConfigs, name)
    ? clientMetricsConfigs[name as keyof typeof clientMetricsConfigs]
    : undefined
}

/**
 * Returns the error if a subscription cannot have these configs (Kafka's
 * `ClientMetricsConfigs.validate`).
 */
export function validateClientMetricsConfigs(
  configs: ReadonlyMap<string, string>,
): ApiError | undefined {
  for (const [name, written] of configs) {
    const def = clientMetricsConfigDef(name)
    if (def === undefined)
      return new ApiError(ErrorCode.InvalidRequest, `Unknown client metrics configuration: ${name}`)
    const parsed = parseConfig(name, def, written)
    if ('invalid' in parsed) return new ApiError(ErrorCode.InvalidConfig, parsed.invalid)
    if (name === 'interval.ms') {
      const intervalMs = parsed.value as number
      if (intervalMs < MIN_INTERVAL_MS || intervalMs > MAX_INTERVAL_MS)
        return new ApiError(
          ErrorCode.InvalidRequest,
          `Invalid value ${intervalMs} for ${name}, interval must be between ${MIN_INTERVAL_MS} and ${MAX_INTERVAL_MS} (1 hour)`,
        )
    }
    if (name === 'match') {
      const wrong = parseList(written).find((pattern) => !isSelector(pattern))
      if (wrong !== undefined)
        return new ApiError(ErrorCode.InvalidConfig, `Illegal client matching pattern: ${wrong}`)
    }
  }
  return undefined
}

/** Accepts `<attribute>=<regular expression>`. */
function isSelector(pattern: string): boolean {
  const [attribute, expression, ...rest] = pattern.split('=').map((part) => part.trim())
  if (expression === undefined || rest.length > 0 || !SELECTORS.has(attribute!)) return false
  try {
    return new RegExp(expression) instanceof RegExp
  } catch {
    return false
  }
}
