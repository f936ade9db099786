import { brokerRules, checkOptions, invalidOption, MAX_BROKER_ID } from './option-rules.ts'
import type { BrokerOptions, ClusterOptions, Configs } from './options.ts'

/** What the options say of one broker. */
export interface ResolvedBroker {
  readonly id: number
  /** The port to bind; 0 takes a free one. */
  readonly port: number
  /** The configs that are given for this broker alone; they override the cluster's. */
  readonly config: Configs
}

/**
 * Returns the brokers that the options ask for, in the order of their ids. The first has the port that was asked for.
 *
 * @param options each checked by itself
 * @throws OdradekError `INVALID_OPTION` that names the option and what is allowed
 */
export function resolveBrokers(options: ClusterOptions): ResolvedBroker[] {
  const { brokers = 1, firstBrokerId = 1, port = 0 } = options
  const each: readonly BrokerOptions[] =
    typeof brokers === 'number' ? Array.from({ length: brokers }, () => ({})) : brokers
  if (firstBrokerId + each.length - 1 > MAX_BROKER_ID) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('firstBrokerId')} ${firstBrokerId} leaves no room for ${each.length} brokers: ids end at ${MAX_BROKER_ID}`,
    )
  }
  if (port !== 0 && port + each.length - 1 > 65535) {
    throw invalidOption(
      (nameOf) =>
        `${nameOf('port')} ${port} leaves no room for ${each.length} brokers, which take the ports that follow`,
    )
  }
  return each.map((broker, index) => {
    checkOptions(broker, brokerRules, 'a broker', `brokers[${index}].`)
    const { rack, config = {} } = broker
    if (rack !== undefined && Object.hasOwn(config, 'broker.rack')) {
      throw invalidOption(
        (nameOf) =>
          `${nameOf(`brokers[${index}].rack`)} says what its config 'broker.rack' says: leave one of them out`,
      )
    }
    return {
      id: firstBrokerId + index,
      port: port === 0 ? 0 : port + index,
      config: rack === undefined ? config : { ...config, 'broker.rack': rack },
    }
  })
}
