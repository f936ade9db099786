import { validateBrokerProperties } from '../controller/broker-config.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import type { ResolvedOptions } from './options.ts'
import type { Storage } from './storage.ts'

/** What Odradek presets: its partitions have one replica each, however many brokers there are. */
const presets: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
}

/** What makes groups form at once, and keeps connections open when a test moves the clock by days. */
const testPresets: Readonly<Record<string, string>> = {
  'group.initial.rebalance.delay.ms': '0',
  'connections.max.idle.ms': '-1',
}

/** Configs that follow from other options, which are named here. */
const ownOptions: Readonly<Record<string, string>> = {
  'broker.id': 'brokers',
  'node.id': 'brokers',
  listeners: 'host and port',
  'advertised.listeners': 'host and port',
  'log.dir': 'dataDir',
  'log.dirs': 'dataDir',
}

/**
 * What a broker is started with: the user's configs over the presets, and what follows from the other options.
 *
 * @throws OdradekError `INVALID_CONFIG` when Kafka does not know a config, or not such a value, or when another option
 * says it
 */
export function brokerProperties(
  brokerId: number,
  { config, profile, host, port }: ResolvedOptions,
  storage: Storage,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(ownOptions, name)) continue
    const message = `${name} can't be set: it follows from ${ownOptions[name]}`
    throw new OdradekError('INVALID_CONFIG', message)
  }
  const properties = {
    ...presets,
    ...(profile === 'test' ? testPresets : {}),
    ...Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)])),
    'node.id': String(brokerId),
    'log.dirs': storage.directoriesOf(brokerId).join(','),
    listeners: `PLAINTEXT://${host}:${port === 0 ? 0 : port + brokerId - 1}`,
  }
  const complaints = validateBrokerProperties(properties)
  if (complaints.length > 0) throw new OdradekError('INVALID_CONFIG', complaints.join('; '))
  return properties
}
