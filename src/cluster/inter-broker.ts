import type { BrokerMetadata } from '../controller/broker-metadata.ts'
import type { ControllerChannel } from '../controller/controller-channel.ts'
import type { MetadataDelta } from '../controller/metadata-image.ts'

/**
 * The ways between the brokers and the controller. In one process they are calls; a simulation puts its own in their place,
 * which delay, lose or cut off what is sent.
 */
export interface InterBroker {
  /** Returns the way of a broker to the active controller, given the direct one. */
  toController(brokerId: number, direct: ControllerChannel): ControllerChannel
  /** Returns what is called with each committed batch for a broker; it passes all of them on, in their order. */
  toBroker(
    metadata: BrokerMetadata,
    deliver: (delta: MetadataDelta) => void,
  ): (delta: MetadataDelta) => void
}
