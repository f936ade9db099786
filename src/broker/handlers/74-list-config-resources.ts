import { listConfigResources as listed } from '../../controller/config-resource-list.ts'
import { ConfigResourceType } from '../../protocol/config-resource.ts'
import type { ListConfigResources } from '../../protocol/messages/74-list-config-resources.ts'
import type { Handler } from './handler.ts'

/**
 * ListConfigResources (74): returns the resources that have configs.
 *
 *   v0  client metrics only, under the name ListClientMetricsResources (KIP-714)
 *   v1  every type (KIP-1142)
 */
export const listConfigResources: Handler<typeof ListConfigResources> = (
  request,
  { services, connection, apiVersion },
) => ({
  ...listed(
    services.image,
    apiVersion === 0 ? [ConfigResourceType.ClientMetrics] : request.resourceTypes,
    connection.listenerName,
  ),
})
