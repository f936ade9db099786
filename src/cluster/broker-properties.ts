import { validateBrokerProperties } from '../controller/broker-config.ts'
import { brokerConfigDef } from '../controller/config/broker-configs.ts'
import { topicConfigSynonyms } from '../controller/config/topic-synonyms.ts'
import { topicConfigDef } from '../controller/topic-config.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { addressProperties } from './address-properties.ts'
import type { ClusterContext } from './cluster-context.ts'
import type { Configs } from './options.ts'
import type { ResolvedBroker } from './resolve-brokers.ts'
import { testPresets } from './test-presets.ts'

/** The number of replicas that Kafka's internal topics have by default. */
const DEFAULT_REPLICAS = 3

/**
 * Returns the presets for a number of brokers. Kafka's defaults need three brokers; fewer have
 * fewer replicas, and one of them may be away, if there is another.
 */
function presetsOf(brokerCount: number): Record<string, string> {
  const replicas = Math.min(DEFAULT_REPLICAS, brokerCount)
  const minInsync = String(Math.max(1, replicas - 1))
  return {
    'offsets.topic.replication.factor': String(replicas),
    'transaction.state.log.replication.factor': String(replicas),
    'transaction.state.log.min.isr': minInsync,
    'share.coordinator.state.topic.replication.factor': String(replicas),
    'share.coordinator.state.topic.min.isr': minInsync,
  }
}

/** Keeps connections open when a test moves its own clock by days. */
const ownClockPresets: Readonly<Record<string, string>> = { 'connections.max.idle.ms': '-1' }

/** Configs that follow from other options, which are listed here, or from the controller. */
const ownOptions: Readonly<Record<string, readonly string[]>> = {
  'broker.id': ['firstBrokerId'],
  'node.id': ['firstBrokerId'],
  listeners: ['listeners'],
  'advertised.listeners': ['listeners'],
  'log.dir': ['dataDir'],
  'log.dirs': ['dataDir'],
  'process.roles': [],
  'listener.security.protocol.map': [],
  'controller.listener.names': [],
  'controller.quorum.voters': [],
}

/** The config that selects one of the listeners. */
const INTER_BROKER_LISTENER = 'inter.broker.listener.name'

/** The listener of the brokers, if they have one of this name; otherwise their first one. */
const DEFAULT_INTER_BROKER_LISTENER = 'PLAINTEXT'

/** Returns whether a config follows from other options. */
export function isOwnConfig(name: string): boolean {
  return Object.hasOwn(ownOptions, name)
}

/**
 * A topic config that brokers accept, because Kafka's own tests pass it to them. It has no effect
 * there.
 */
const TAKEN_TOPIC_CONFIG = 'file.delete.delay.ms'

/**
 * Returns the properties of a broker: its own configs, over those of the cluster, over the presets;
 * and the configs that follow from other options.
 *
 * @throws OdradekError `INVALID_CONFIG` if Kafka refuses a value, or if a config is a topic config
 * or follows from another option
 */
export function brokerProperties(
  broker: ResolvedBroker,
  { options, environment, brokers }: Pick<ClusterContext, 'options' | 'environment' | 'brokers'>,
): Readonly<Record<string, string>> {
  const { config: clusterConfig, profile, clock } = options
  const configs = { ...clusterConfig, ...broker.config }
  const own = {
    'node.id': String(broker.id),
    'log.dirs': environment.storage.directoriesOf(broker.id).join(','),
    ...brokerAddresses(broker, brokers(), portsToBind(broker)),
  }
  checkOwnOptions(configs, own)
  checkTopicConfigs(configs)
  const written = Object.fromEntries(
    Object.entries(configs).map(([name, value]) => [name, String(value)]),
  )
  const properties = {
    ...presetsOf(brokers().length),
    ...(profile === 'test' ? testPresets(written) : {}),
    ...(profile === 'test' && clock !== undefined ? ownClockPresets : {}),
    ...written,
    ...own,
    [INTER_BROKER_LISTENER]: interBrokerListener(broker, written[INTER_BROKER_LISTENER]),
  }
  const complaints = validateBrokerProperties(properties)
  if (complaints.length > 0) throw new OdradekError('INVALID_CONFIG', complaints.join('; '))
  return properties
}

/**
 * Returns the properties with a broker's addresses, when these are known.
 *
 * @param all the brokers of the cluster, each of which is a voter of the metadata quorum
 * @param ports the bound ports by the names of the listeners
 */
export function brokerAddresses(
  { listeners }: ResolvedBroker,
  all: readonly ResolvedBroker[],
  ports: ReadonlyMap<string, number>,
): Readonly<Record<string, string>> {
  const voters = all.map((each) => ({ id: each.id, host: each.listeners[0]!.advertisedHost }))
  return addressProperties(listeners, ports, voters)
}

function portsToBind({ listeners }: ResolvedBroker): ReadonlyMap<string, number> {
  return new Map(listeners.map(({ name, port }) => [name, port]))
}

function interBrokerListener({ listeners }: ResolvedBroker, given: string | undefined): string {
  const names = listeners.map(({ name }) => name)
  if (given !== undefined && !names.includes(given)) {
    throw new OdradekError(
      'INVALID_CONFIG',
      `${INTER_BROKER_LISTENER} must be the name of a listener: ${names.join(' or ')}, not ${given}`,
    )
  }
  if (given !== undefined) return given
  return names.includes(DEFAULT_INTER_BROKER_LISTENER) ? DEFAULT_INTER_BROKER_LISTENER : names[0]!
}

function checkOwnOptions(configs: Configs, own: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(configs)) {
    if (!Object.hasOwn(ownOptions, name) || String(value) === own[name]) continue
    const options = ownOptions[name]!
    throw new OdradekError('INVALID_CONFIG', (nameOf) =>
      options.length === 0
        ? `${name} cannot be set: it is always ${own[name]}`
        : `${name} cannot be set: it follows from the option ${options.map(nameOf).join(' and ')}`,
    )
  }
}

/** Topic configs have no effect on a broker: its defaults have other names. */
function checkTopicConfigs(configs: Configs): void {
  for (const name of Object.keys(configs)) {
    if (name === TAKEN_TOPIC_CONFIG) continue
    if (brokerConfigDef(name) !== undefined || topicConfigDef(name) === undefined) continue
    const brokerName = topicConfigSynonyms.get(name)
    throw new OdradekError(
      'INVALID_CONFIG',
      brokerName === undefined
        ? `${name} is a topic config: set it in the configs of a topic`
        : `${name} is a topic config. For all topics, set the broker config ${brokerName}; for one topic, set it in the configs of the topic`,
    )
  }
}
