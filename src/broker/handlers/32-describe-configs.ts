import { describeResources } from '../../controller/describe-configs.ts'
import type { DescribeConfigs } from '../../protocol/messages/32-describe-configs.ts'
import type { Handler } from './handler.ts'

/**
 * DescribeConfigs (32): returns the configs of topics, brokers, groups, client metrics and loggers,
 * with their sources.
 *
 *   v1  the source of a value, and its synonyms
 *   v3  type and documentation (KIP-569)
 */
export const describeConfigs: Handler<typeof DescribeConfigs> = (request, { services }) => ({
  results: describeResources(services, request.resources, {
    includeSynonyms: request.includeSynonyms,
    includeDocumentation: request.includeDocumentation,
    brokerId: services.brokerId,
  }),
})
