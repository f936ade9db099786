import { validateBrokerProperties } from '../controller/broker-config.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { addressText } from './address-text.ts'
import type { Configs, ResolvedOptions } from './options.ts'
import type { ResolvedBroker } from './resolve-brokers.ts'
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
const ownOptions: Readonly<Record<string, readonly string[]>> = {
  'broker.id': ['firstBrokerId'],
  'node.id': ['firstBrokerId'],
  listeners: ['host', 'port'],
  'advertised.listeners': ['advertisedHost', 'advertisedPort'],
  'log.dir': ['dataDir'],
  'log.dirs': ['dataDir'],
}

/**
 * Returns what a broker is started with: its own configs over those of the cluster over the presets, and what follows
 * from the other options.
 *
 * @throws OdradekError `INVALID_CONFIG` when Kafka does not know a config, or not such a value, or when another option
 * says it
 */
export function brokerProperties(
  { id, port, config }: ResolvedBroker,
  { config: clusterConfig, profile, host }: ResolvedOptions,
  storage: Storage,
): Readonly<Record<string, string>> {
  const configs = { ...clusterConfig, ...config }
  checkOwnOptions(configs)
  const properties = {
    ...presets,
    ...(profile === 'test' ? testPresets : {}),
    ...Object.fromEntries(Object.entries(configs).map(([name, value]) => [name, String(value)])),
    'node.id': String(id),
    'log.dirs': storage.directoriesOf(id).join(','),
    listeners: `PLAINTEXT://${addressText({ host, port })}`,
  }
  const complaints = validateBrokerProperties(properties)
  if (complaints.length > 0) throw new OdradekError('INVALID_CONFIG', complaints.join('; '))
  return properties
}

function checkOwnOptions(configs: Configs): void {
  for (const name of Object.keys(configs)) {
    if (!Object.hasOwn(ownOptions, name)) continue
    throw new OdradekError(
      'INVALID_CONFIG',
      (nameOf) =>
        `${name} can't be set: it follows from ${ownOptions[name]!.map(nameOf).join(' and ')}`,
    )
  }
}
