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

/**
 * Configs that follow from other options, which are listed here, or from the single listener and
 * controller.
 */
const ownOptions: Readonly<Record<string, readonly string[]>> = {
  'broker.id': ['firstBrokerId'],
  'node.id': ['firstBrokerId'],
  listeners: ['host', 'port'],
  'advertised.listeners': ['advertisedHost', 'advertisedPort'],
  'log.dir': ['dataDir'],
  'log.dirs': ['dataDir'],
  'process.roles': [],
  'listener.security.protocol.map': [],
  'inter.broker.listener.name': [],
  'controller.listener.names': [],
  'controller.quorum.voters': [],
}

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
  const { config: clusterConfig, profile, clock, host } = options
  const configs = { ...clusterConfig, ...broker.config }
  const own = {
    'node.id': String(broker.id),
    'log.dirs': environment.storage.directoriesOf(broker.id).join(','),
    ...brokerAddresses(broker, brokers(), { host, port: broker.port }),
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
  }
  const complaints = validateBrokerProperties(properties)
  if (complaints.length > 0) throw new OdradekError('INVALID_CONFIG', complaints.join('; '))
  return properties
}

/**
 * Returns the properties with a broker's addresses, when these are known.
 *
 * @param all the brokers of the cluster, each of which is a voter of the metadata quorum
 */
export function brokerAddresses(
  { advertisedHost, advertisedPort }: ResolvedBroker,
  all: readonly ResolvedBroker[],
  listener: { readonly host: string; readonly port: number },
): Readonly<Record<string, string>> {
  const advertised = { host: advertisedHost, port: advertisedPort ?? listener.port }
  const voters = all.map((each) => ({ id: each.id, host: each.advertisedHost }))
  return addressProperties(listener, advertised, voters)
}

function checkOwnOptions(configs: Configs, own: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(configs)) {
    if (!Object.hasOwn(ownOptions, name) || String(value) === own[name]) continue
    const options = ownOptions[name]!
    throw new OdradekError('INVALID_CONFIG', (nameOf) =>
      options.length === 0
        ? `${name} cannot be set: it is always ${own[name]}`
        : `${name} cannot be set: it follows from ${options.map(nameOf).join(' and ')}`,
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
