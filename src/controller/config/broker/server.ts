import { boolean, clusterWide, int, javaClass, list, long, string } from '../config-def.ts'
import { atLeast, distinct, nonEmptyListOf } from '../validators.ts'

/** The broker itself, its topics, quotas and metrics. */
export const serverConfigs = {
  'alter.config.policy.class.name': javaClass(
    'low',
    null,
    'Class that may veto changes of configs.',
  ),
  'auto.create.topics.enable': boolean(
    'high',
    true,
    'Create a missing topic when a client asks for its metadata.',
  ),
  'background.threads': clusterWide(
    int('high', 10, 'Threads for background work on the broker.', atLeast(1)),
  ),
  'broker.id': int('high', -1, 'Id of this broker; the older name of `node.id`.'),
  'broker.rack': string('medium', null, 'Rack or zone of this broker, used to spread replicas.'),
  'client.quota.callback.class': javaClass(
    'low',
    null,
    'Class that computes the quotas of clients.',
  ),
  'config.providers': clusterWide(
    list('low', '', 'Names of providers that fill in placeholders in configs.', distinct),
  ),
  'create.topic.policy.class.name': javaClass(
    'low',
    null,
    'Class that may veto the creation of topics.',
  ),
  'delete.topic.enable': boolean('high', true, 'Allow topics to be deleted.'),
  'kafka.metrics.polling.interval.secs': int(
    'low',
    10,
    "How often the server's metrics reporters poll.",
    atLeast(1),
  ),
  'kafka.metrics.reporters': list(
    'low',
    '',
    "Classes that report the server's older metrics.",
    distinct,
  ),
  'metric.reporters': clusterWide(
    list(
      'low',
      'org.apache.kafka.common.metrics.JmxReporter',
      'Classes that report metrics.',
      distinct,
    ),
  ),
  'metrics.num.samples': int('low', 2, 'Samples kept to compute a metric.', atLeast(1)),
  'metrics.recording.level': string('low', 'INFO', 'Level of detail of the metrics.'),
  'metrics.sample.window.ms': long(
    'low',
    30_000,
    'Time that one sample of a metric covers.',
    atLeast(1),
  ),
  'node.id': int('high', null, 'Id of this node in the cluster.', atLeast(0)),
  'num.partitions': int(
    'medium',
    1,
    'Partitions of a topic that is created without a number of partitions.',
    atLeast(1),
  ),
  'process.roles': list(
    'high',
    null,
    'Roles of this process: broker, controller or both.',
    nonEmptyListOf('broker', 'controller'),
  ),
  'quota.window.num': int('low', 11, 'Samples kept for client quotas.', atLeast(1)),
  'quota.window.size.seconds': int('low', 1, 'Seconds per sample of client quotas.', atLeast(1)),
  'telemetry.max.bytes': int(
    'low',
    1_048_576,
    'Maximum bytes of metrics in one push of a client.',
    atLeast(1),
  ),
}
