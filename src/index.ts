/// <reference lib="esnext.disposable" preserve="true" />
import { addressText } from './cluster/address-text.ts'
import type { BrokerInfo } from './cluster/broker-info.ts'
import { RunningCluster } from './cluster/cluster.ts'
import { openTopics } from './cluster/open-directory.ts'
import { resolveOpenOptions, type OpenDirectoryOptions } from './cluster/open-directory-options.ts'
import type { OpenProblem } from './cluster/open-problem.ts'
import { resolveOptions, type ClusterOptions } from './cluster/options.ts'
import { systemEnvironment, systemFiles } from './cluster/system-environment.ts'
import type { Topic } from './cluster/topic.ts'
import type { Clock } from './platform/clock.ts'

export type { BrokerInfo } from './cluster/broker-info.ts'
export type {
  BrokerFailure,
  BrokerOptions,
  ClusterOptions,
  Configs,
  LogLevel,
  TopicOptions,
} from './cluster/options.ts'
export type { OpenDirectoryOptions } from './cluster/open-directory-options.ts'
export type { OpenProblem, OpenProblemKind } from './cluster/open-problem.ts'
export type { CompactionResult, RetentionResult, Topic, TopicPartition } from './cluster/topic.ts'
export type {
  AlterConfigPolicy,
  AlterConfigPolicyRequest,
  CreateTopicPolicy,
  CreateTopicPolicyRequest,
  PolicyVerdict,
} from './controller/policies.ts'
export type { Clock, Timer } from './platform/clock.ts'
export { ManualClock } from './platform/manual-clock.ts'
export { OdradekError, type OdradekErrorCode } from './platform/odradek-error.ts'

/** A running cluster. */
export interface Cluster extends AsyncDisposable {
  /**
   * What a client is given: `host:port` of every broker, separated by commas. These are the addresses that clients are
   * told, which `advertisedHost` and `advertisedPort` may have set. Where this process cannot connect to them,
   * {@link socketFactory} can.
   */
  readonly bootstrapServers: string
  /** 22 characters of URL-safe base64. */
  readonly clusterId: string
  readonly brokers: readonly BrokerInfo[]
  /** The clock that the cluster lives by: the one that was handed in, or the system's time. */
  readonly clock: Clock
  /**
   * Connects a client inside this process without a socket, on the same path as over TCP. For kafkajs:
   * `new Kafka({ brokers: [cluster.bootstrapServers], socketFactory: cluster.socketFactory })`.
   *
   * @typeParam Socket what the client takes for a socket, such as `net.Socket`
   */
  readonly socketFactory: <Socket>(options: {
    host: string
    port: number
    onConnect: () => void
  }) => Socket
  /**
   * What clients have no request for: rolling segments, applying retention and compacting on demand.
   *
   * ```ts
   * const { records } = await cluster.topic('customers').compact()
   * ```
   *
   * @throws OdradekError `UNKNOWN_TOPIC` when there is none of this name
   */
  topic(name: string): Topic
  /**
   * Stops the cluster: drops every connection and whatever waits, and lets go of ports and files. Takes milliseconds.
   * Without a `dataDir` all data is gone then. May be called more than once.
   */
  close(): Promise<void>
}

/** A cluster that serves opened directories. */
export interface OpenedCluster extends Cluster {
  /**
   * What is not served of the directories, and why: damaged batches, files that are no segments, partitions that cannot be read.
   * Empty when everything is served. Each is also a line of the log, an error where records may be missing.
   *
   * ```ts
   * for (const { kind, path, bytesNotServed, message } of cluster.problems) console.warn(message)
   * ```
   */
  readonly problems: readonly OpenProblem[]
}

/**
 * Starts a Kafka cluster in this process. Resolves when every broker can be reached.
 *
 * ```ts
 * const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
 * const kafka = new Kafka({ brokers: [cluster.bootstrapServers] })
 * // ...
 * await cluster.close()
 * ```
 *
 * @throws OdradekError whose `code` says what is wrong and whose message says what to do. A start that fails leaves
 * nothing behind.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const resolved = resolveOptions(options)
  return clusterOf(await RunningCluster.start(systemEnvironment(resolved), resolved))
}

/**
 * Serves the partitions in directories as topics that can be read only: Kafka's own data directories or Odradek's, or
 * single partitions' directories such as `orders-3`, copied from a broker that may have been running. Nothing is written
 * into the directories; what the broker has to repair or note down, consumers' offsets too, it keeps in memory.
 *
 * The partition's number and the topic's name come from the directory's name; partitions that are missing below the
 * highest number are there and empty. Kafka's own topics, such as `__consumer_offsets`, are passed over. Producing to an
 * opened topic, deleting it or its records, and changing its configs or partitions are refused with `POLICY_VIOLATION`;
 * retention and compaction leave it alone. Other topics can be made, in memory.
 *
 * Damaged files and unreadable directories do not keep the rest from being served: {@link OpenedCluster.problems} lists
 * them. `skipCorruptBatches` serves what follows a damaged batch, too.
 *
 * ```ts
 * const cluster = await openDirectory(['/backup/orders-0', '/backup/orders-1'])
 * ```
 *
 * @throws OdradekError whose `code` says what is wrong: `DATA_DIRECTORY_UNUSABLE` when no partition can be served or one
 * is named twice, `INVALID_TOPIC` for a name that no topic can have
 */
export async function openDirectory(
  paths: string | readonly string[],
  options: OpenDirectoryOptions = {},
): Promise<OpenedCluster> {
  const { resolved, ...rest } = resolveOpenOptions(options)
  const all = typeof paths === 'string' ? [paths] : paths
  const opened = openTopics(all, rest, systemFiles(), resolved.clusterId)
  const environment = systemEnvironment(resolved, opened.storage)
  const cluster = clusterOf(await RunningCluster.start(environment, resolved, opened))
  return { ...cluster, problems: opened.problems }
}

function clusterOf(cluster: RunningCluster): Cluster {
  const close = (): Promise<void> => cluster.close()
  return {
    bootstrapServers: cluster.brokers.map(addressText).join(','),
    clusterId: cluster.clusterId,
    brokers: cluster.brokers,
    clock: cluster.clock,
    socketFactory: cluster.socketFactory as Cluster['socketFactory'],
    topic: (name) => cluster.topic(name),
    close,
    [Symbol.asyncDispose]: close,
  }
}
