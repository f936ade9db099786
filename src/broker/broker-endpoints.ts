import type { BrokerRegistration } from '../controller/metadata-image.ts'
import { advertisedAddress } from './advertised-address.ts'
import type { RequestContext } from './request-context.ts'

/** The address of a broker for clients of one listener. */
export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The parts of a request that the addresses depend on. */
type Asker = Pick<RequestContext, 'services' | 'connection'>

/**
 * Returns the brokers of the cluster with their addresses for the client. Brokers without the
 * listener of the client are omitted.
 *
 * @param includeFenced whether fenced brokers are included; default false
 */
export function brokerEndpoints(asker: Asker, includeFenced = false): BrokerNode[] {
  const { image } = asker.services
  const brokers = includeFenced ? [...image.brokers.values()] : image.aliveBrokers()
  return brokers.flatMap((broker) => nodeOf(broker, asker) ?? [])
}

/**
 * Returns a broker with its address for the client; `undefined` if the broker is not in service, or
 * has no listener of this name.
 */
export function brokerEndpoint(brokerId: number, asker: Asker): BrokerNode | undefined {
  const { image } = asker.services
  const broker = image.isAlive(brokerId) ? image.brokers.get(brokerId) : undefined
  return broker && nodeOf(broker, asker)
}

function nodeOf(
  { id, endpoints, rack }: BrokerRegistration,
  { services, connection }: Asker,
): BrokerNode | undefined {
  const { listenerName } = connection
  const endpoint = endpoints.find(({ name }) => name === listenerName)
  if (endpoint === undefined) return undefined
  const advertise = services.advertise.get(listenerName)
  return { nodeId: id, ...advertisedAddress(advertise, id, endpoint, connection), rack }
}
