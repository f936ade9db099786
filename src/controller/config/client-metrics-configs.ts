import { int, list } from './config-def.ts'
import { distinct } from './validators.ts'

/** Configs of a client-metrics subscription (KIP-714). */
export const clientMetricsConfigs = {
  'interval.ms': int('medium', 300_000, 'How often clients push the metrics.'),
  match: list('medium', '', 'Which clients push, as attribute=pattern.', distinct),
  metrics: list('medium', '', 'Prefixes of the metrics that clients push; `*` for all.', distinct),
}
