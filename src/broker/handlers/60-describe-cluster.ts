import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeCluster } from '../../protocol/messages/60-describe-cluster.ts'
import { authorizedOperations } from '../authorized-operations.ts'
import { brokerEndpoints } from '../broker-endpoints.ts'
import type { Handler } from './handler.ts'

/** The type of addresses that a client requests (KIP-919). */
const EndpointType = { Brokers: 1, Controllers: 2 } as const

/**
 * DescribeCluster (60): returns the brokers, the controller and the cluster id (KIP-700).
 *
 *   v1  endpointType: a broker does not return controllers (KIP-919)
 *   v2  fenced brokers too (KIP-1073)
 */
export const describeCluster: Handler<typeof DescribeCluster> = (request, context) => {
  if (request.endpointType !== EndpointType.Brokers)
    return mismatchedEndpointType(request.endpointType)
  const { services } = context
  const { image } = services
  const brokers = brokerEndpoints(context, request.includeFencedBrokers)
  return {
    errorCode: ErrorCode.None,
    clusterId: image.clusterId,
    controllerId: services.controllerId(),
    brokers: brokers.map(({ nodeId, host, port, rack }) => ({
      brokerId: nodeId,
      host,
      port,
      rack,
      isFenced: !image.isAlive(nodeId),
    })),
    clusterAuthorizedOperations: authorizedOperations(
      'cluster',
      request.includeClusterAuthorizedOperations,
    ),
  }
}

function mismatchedEndpointType(endpointType: number) {
  const isKnown = endpointType === EndpointType.Controllers
  return {
    errorCode: isKnown ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType,
    errorMessage: isKnown
      ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
      : `Unsupported endpoint type ${endpointType}`,
    clusterId: '',
    brokers: [],
  }
}
