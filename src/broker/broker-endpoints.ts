import type { MetadataImage } from '../controller/metadata-image.ts'

/** The address of a broker for clients of one listener. */
export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/**
 * Returns the brokers of the cluster with their addresses for clients of the named listener.
 *
 * @param includeFenced whether fenced brokers are included; default false
 */
export function brokerEndpoints(
  image: MetadataImage,
  listenerName: string,
  includeFenced = false,
): BrokerNode[] {
  const brokers = includeFenced ? [...image.brokers.values()] : image.aliveBrokers()
  return brokers.flatMap(({ id, endpoints, rack }) => {
    const endpoint = endpoints.find(({ name }) => name === listenerName)
    return endpoint === undefined
      ? []
      : [{ nodeId: id, host: endpoint.host, port: endpoint.port, rack }]
  })
}
