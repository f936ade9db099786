import { LONG_MAX, boolean, int, internal, list, long, string } from '../config-def.ts'
import { atLeast, bootstrapServers, nonEmptyDistinct, quorumVoters } from '../validators.ts'

/** The controller, its quorum and the metadata log (KRaft). */
export const controllerConfigs = {
  'broker.heartbeat.interval.ms': int(
    'medium',
    2000,
    'How often a broker sends a heartbeat to the controller.',
  ),
  'broker.session.timeout.ms': int(
    'medium',
    9000,
    'Time without a heartbeat after which the controller fences a broker.',
  ),
  'controlled.shutdown.enable': boolean(
    'medium',
    true,
    'Hand over leadership before the broker stops.',
  ),
  'controller.listener.names': list(
    'high',
    null,
    'Names of the listeners that controllers use.',
    nonEmptyDistinct,
  ),
  'controller.performance.always.log.threshold.ms': internal(
    long('medium', 2000, 'Controller events slower than this are always logged.', atLeast(0)),
  ),
  'controller.performance.sample.period.ms': internal(
    long('medium', 60_000, 'Time between reports on the speed of controller events.', atLeast(100)),
  ),
  'controller.quorum.append.linger.ms': int(
    'medium',
    25,
    'How long the quorum leader gathers writes before flushing them.',
    atLeast(0),
  ),
  'controller.quorum.auto.join.enable': boolean(
    'low',
    false,
    'Allow a controller to add itself to the voters.',
  ),
  'controller.quorum.bootstrap.servers': list(
    'high',
    '',
    'Controllers for the discovery of the quorum, as host:port.',
    bootstrapServers,
  ),
  'controller.quorum.election.backoff.max.ms': int(
    'high',
    1000,
    'Maximum random delay between failed elections of the quorum.',
    atLeast(0),
  ),
  'controller.quorum.election.timeout.ms': int(
    'high',
    1000,
    'How long a candidate waits for votes.',
    atLeast(0),
  ),
  'controller.quorum.fetch.max.bytes': int(
    'low',
    1_048_576,
    'Maximum metadata bytes in one fetch from the quorum leader.',
    atLeast(1),
  ),
  'controller.quorum.fetch.snapshot.max.bytes': int(
    'low',
    1_048_576,
    'Maximum snapshot bytes in one fetch from the quorum leader.',
    atLeast(1),
  ),
  'controller.quorum.fetch.timeout.ms': int(
    'high',
    2000,
    'Time without a response of the quorum leader after which an election starts.',
    atLeast(0),
  ),
  'controller.quorum.request.timeout.ms': int(
    'medium',
    2000,
    'How long a request to another quorum member may take.',
    atLeast(0),
  ),
  'controller.quorum.retry.backoff.ms': int(
    'low',
    20,
    'Delay before a failed request to the quorum is retried.',
    atLeast(0),
  ),
  'controller.quorum.voters': list(
    'high',
    '',
    'Members of the quorum, as id@host:port.',
    quorumVoters,
  ),
  'controller.quota.window.num': int(
    'low',
    11,
    'Samples kept for the quota on topic changes.',
    atLeast(1),
  ),
  'controller.quota.window.size.seconds': int(
    'low',
    1,
    'Seconds per sample of the quota on topic changes.',
    atLeast(1),
  ),
  'controller.socket.timeout.ms': int(
    'medium',
    30_000,
    'Timeout of connections between broker and controller.',
  ),
  'initial.broker.registration.timeout.ms': int(
    'medium',
    60_000,
    'How long a starting broker tries to register before it gives up.',
  ),
  'internal.metadata.delete.delay.millis': internal(
    long('low', 60_000, 'Delay before files of the metadata log are deleted, for tests.'),
  ),
  'internal.metadata.log.segment.bytes': internal(
    int('low', null, 'Size at which the metadata log rolls, for tests.'),
  ),
  'internal.metadata.max.batch.size.in.bytes': internal(
    int('low', 8_388_608, 'Largest batch in the metadata log, for tests.'),
  ),
  'metadata.log.dir': string(
    'high',
    null,
    'Directory of the metadata log; the first of `log.dirs` when unset.',
  ),
  'metadata.log.max.record.bytes.between.snapshots': long(
    'high',
    20_971_520,
    'Bytes of metadata records after which a snapshot is written.',
    atLeast(1),
  ),
  'metadata.log.max.snapshot.interval.ms': long(
    'high',
    3_600_000,
    'Time after which a snapshot is written; 0 for never.',
    atLeast(0),
  ),
  'metadata.log.segment.bytes': int(
    'high',
    1_073_741_824,
    'Size at which the metadata log rolls.',
    atLeast(8_388_608),
  ),
  'metadata.log.segment.ms': long('high', 604_800_000, 'Time after which the metadata log rolls.'),
  'metadata.max.idle.interval.ms': int(
    'low',
    500,
    'How often an idle controller writes a no-op record; 0 for never.',
    atLeast(0),
  ),
  'metadata.max.retention.bytes': long(
    'high',
    104_857_600,
    'Bytes of metadata log and snapshots that are retained.',
  ),
  'metadata.max.retention.ms': long(
    'high',
    604_800_000,
    'Time that metadata log and snapshots are retained.',
  ),
  'server.max.startup.time.ms': internal(
    long('medium', LONG_MAX, 'Maximum duration of a start, for tests.', atLeast(0)),
  ),
  'unstable.api.versions.enable': internal(
    boolean('high', false, 'Enable API versions that are in development.'),
  ),
  'unstable.feature.versions.enable': internal(
    boolean('high', false, 'Enable feature levels that are in development.'),
  ),
}
