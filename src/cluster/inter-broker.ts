import type { PeerBrokers } from '../broker/peer-brokers.ts'
import type { BrokerMetadata } from '../controller/broker-metadata.ts'
import type { ControllerChannel } from '../controller/controller-channel.ts'
import type { MetadataDelta } from '../controller/metadata-image.ts'

/**
 * The channels between the brokers, and between them and the controller. In one process they are
 * calls. A simulation replaces them to delay, lose or refuse messages.
 */
export interface InterBroker {
  /** Returns the channel of a broker to the active controller, given the direct one. */
  toController(brokerId: number, direct: ControllerChannel): ControllerChannel
  /**
   * Returns the channel of a broker to all brokers, itself included, given the direct one. Default:
   * the direct one.
   */
  toPeer?(brokerId: number, direct: PeerBrokers): PeerBrokers
  /**
   * Returns the function that gets each committed batch for a broker. It must pass all of them on,
   * in order.
   */
  toBroker(
    metadata: BrokerMetadata,
    deliver: (delta: MetadataDelta) => void,
  ): (delta: MetadataDelta) => void
}
