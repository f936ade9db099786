import type { BrokerInfo } from './broker-info.ts'

/**
 * A broker of a running cluster. It can be stopped, killed and started again. Calls on one broker
 * take effect one after the other.
 */
export interface ClusterBroker extends BrokerInfo {
  /** Whether the broker serves clients. */
  readonly isRunning: boolean
  /**
   * Starts the broker again: on the same port, with the same files. It recovers its logs, registers
   * with the controller and leads its partitions again, in a new leader epoch. Resolves when
   * clients can use the broker. Does nothing if the broker is running.
   *
   * @throws OdradekError `PORT_UNAVAILABLE` if another program has taken the port,
   * `DATA_DIRECTORY_LOCKED` or `DATA_DIRECTORY_UNUSABLE` if the files cannot be used,
   * `CLUSTER_CLOSED` if the cluster was closed. After an error the broker is not running
   */
  start(): Promise<void>
  /**
   * Stops the broker as Kafka's controlled shutdown does. The leaders of its partitions move to
   * other in-sync replicas. Partitions without one have no leader until the broker is started
   * again: clients get LEADER_NOT_AVAILABLE. Then its connections are closed, and its logs are
   * closed cleanly. If the broker was the controller, another running broker becomes the
   * controller. Resolves when the port and the files are released. Does nothing if the broker is
   * not running.
   */
  stop(): Promise<void>
  /**
   * Ends the broker as if its process died. Its connections are cut, and its logs are neither
   * flushed nor marked as clean, so the next start recovers them. Acknowledged records are not
   * lost. With profile `test` the controller knows immediately that the broker is dead. With
   * `faithful` it knows after `broker.session.timeout.ms`, and until then returns the broker as a
   * leader. Resolves when the port and the files are released. Does nothing if the broker is not
   * running.
   */
  kill(): Promise<void>
}
