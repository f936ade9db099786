import type { Answer } from '../controller/answer.ts'
import type { PeerConnection } from './pipeline/peer-connection.ts'
import type { Api, RequestOf, ResponseBody } from '../protocol/schema/index.ts'

/**
 * The channel of a broker to the brokers of the cluster, itself included (Kafka's
 * `InterBrokerSendThread`). In one process it is a call; a simulation delays, loses or refuses
 * messages.
 */
export interface PeerBrokers {
  /**
   * Sends a request to a broker and returns its response; `undefined` if there is none: the broker
   * does not run, it closed before it answered, or a message was lost. The request may have taken
   * effect then.
   *
   * @param connection the connection of a sender that fetches, which has one for each broker;
   * default: that of all other requests
   */
  send<A extends Api>(
    brokerId: number,
    api: A,
    apiVersion: number,
    request: RequestOf<A>,
    connection?: PeerConnection,
  ): Answer<ResponseBody<A> | undefined>
}
