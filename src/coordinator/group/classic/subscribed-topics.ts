import { ConsumerProtocolSubscription } from '../../../protocol/consumer-protocol.ts'
import { DecodeError } from '../../../protocol/schema/index.ts'

/** The int16 version before a subscription. */
const VERSION_SIZE = 2

/**
 * Returns the topics in the members' subscriptions. Like Kafka, it reads the part that all versions
 * of the consumer protocol have in common. `null` if one of them is not a subscription.
 */
export function subscribedTopicsOf(
  subscriptions: readonly Uint8Array[],
): ReadonlySet<string> | null {
  const topics = new Set<string>()
  try {
    for (const bytes of subscriptions) {
      const subscription = ConsumerProtocolSubscription.decode(0, bytes, VERSION_SIZE)
      for (const topic of subscription.topics) topics.add(topic)
    }
    return topics
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
