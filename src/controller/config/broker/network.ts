import { INT_MAX, clusterWide, int, list, long, perBroker, string } from '../config-def.ts'
import { atLeast, nonEmptyDistinct } from '../validators.ts'

/** Listeners, connections and requests. */
export const networkConfigs = {
  'advertised.listeners': list(
    'high',
    null,
    'Addresses that clients get; `listeners` if unset.',
    nonEmptyDistinct,
  ),
  'connections.max.idle.ms': long(
    'medium',
    600_000,
    'A connection without requests for this long is closed.',
  ),
  'delete.records.purgatory.purge.interval.requests': int(
    'medium',
    1,
    'Finished DeleteRecords requests after which the purgatory is swept.',
  ),
  'fetch.max.bytes': int(
    'medium',
    57_671_680,
    'Maximum bytes in one Fetch response.',
    atLeast(1024),
  ),
  'fetch.purgatory.purge.interval.requests': int(
    'medium',
    1000,
    'Finished fetches after which the purgatory is swept.',
  ),
  'inter.broker.listener.name': string(
    'medium',
    null,
    'Listener that brokers use among themselves.',
  ),
  'listener.security.protocol.map': perBroker(
    string(
      'low',
      'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
      'Security protocol of each listener name.',
    ),
  ),
  listeners: perBroker(
    list(
      'high',
      'PLAINTEXT://:9092',
      'Addresses to listen on, as NAME://host:port.',
      nonEmptyDistinct,
    ),
  ),
  'max.connection.creation.rate': clusterWide(
    int('medium', INT_MAX, 'New connections per second that the broker accepts.', atLeast(0)),
  ),
  'max.connections': clusterWide(
    int('medium', INT_MAX, 'Maximum number of connections to the broker.', atLeast(0)),
  ),
  'max.connections.per.ip': clusterWide(
    int('medium', INT_MAX, 'Maximum number of connections from one address.', atLeast(0)),
  ),
  'max.connections.per.ip.overrides': clusterWide(
    string('medium', '', 'Exceptions to the limit per address, as host:count.'),
  ),
  'max.incremental.fetch.session.cache.slots': int(
    'medium',
    1000,
    'Maximum number of fetch sessions on the broker.',
    atLeast(0),
  ),
  'max.request.partition.size.limit': int(
    'medium',
    2000,
    'Maximum number of partitions in one response.',
    atLeast(1),
  ),
  'num.io.threads': clusterWide(int('high', 8, 'Threads that handle requests.', atLeast(1))),
  'num.network.threads': clusterWide(
    int('high', 3, 'Threads per listener that read requests and write responses.', atLeast(1)),
  ),
  'producer.purgatory.purge.interval.requests': int(
    'medium',
    1000,
    'Finished produce requests after which the purgatory is swept.',
  ),
  'queued.max.request.bytes': long(
    'medium',
    -1,
    'Bytes of queued requests at which reading stops; -1 for no limit.',
  ),
  'queued.max.requests': int(
    'high',
    500,
    'Queued requests at which network threads stop reading.',
    atLeast(1),
  ),
  'request.timeout.ms': int('high', 30_000, 'How long a request to another node may take.'),
  'socket.connection.setup.timeout.max.ms': long(
    'medium',
    30_000,
    'Maximum timeout for a connection to another node.',
  ),
  'socket.connection.setup.timeout.ms': long(
    'medium',
    10_000,
    'Initial timeout for a connection to another node.',
  ),
  'socket.listen.backlog.size': int(
    'medium',
    50,
    'Connections that may wait to be accepted.',
    atLeast(1),
  ),
  'socket.receive.buffer.bytes': int(
    'high',
    102_400,
    "Receive buffer of server sockets; -1 for the system's.",
  ),
  'socket.request.max.bytes': int('high', 104_857_600, 'Largest request accepted.', atLeast(1)),
  'socket.send.buffer.bytes': int(
    'high',
    102_400,
    "Send buffer of server sockets; -1 for the system's.",
  ),
}
