import type { BrokerInfo } from './broker-info.ts'
import type { WaitOptions } from './wait-options.ts'
import type { Fault } from './network-faults.ts'

/**
 * The state of a broker at the active controller: in service, or fenced. A fenced broker leads
 * nothing. Brokers that do not run are fenced, too.
 */
export type BrokerState = 'active' | 'fenced'

/**
 * A broker of a running cluster. It can be stopped, killed, started again and paused, and its
 * network can be slow. Calls on one broker take effect one after the other.
 */
export interface ClusterBroker extends BrokerInfo {
  /** Whether the broker serves clients. */
  readonly isRunning: boolean
  /** Whether the broker is paused. It is also running then. */
  readonly isPaused: boolean
  /** The state of the broker at the active controller. */
  readonly state: BrokerState
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
   * not running. A broker that does not reach the controller stops without it, and is fenced after
   * its session.
   *
   * @throws OdradekError `BROKER_PAUSED` if the broker is paused: a suspended process cannot stop
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
  /**
   * Suspends the broker, as SIGSTOP does its process. Its sockets stay open and accept connections,
   * but it reads and answers nothing, fetches nothing, and its timers stand still. The controller
   * fences it after `broker.session.timeout.ms`, and its partitions get other leaders.
   *
   * @throws OdradekError `BROKER_NOT_RUNNING`
   */
  pause(): Promise<void>
  /**
   * Continues a paused broker. It handles what has arrived meanwhile, with the metadata that it had
   * before. Resolves when it has the current metadata and is in service. Does nothing if it is not
   * paused.
   */
  resume(): Promise<void>
  /**
   * Cuts all links of the broker: to the other brokers, to the controller and to its clients.
   * {@link Fault.heal} ends it.
   */
  isolate(): Fault
  /** Delays each message to and from the broker by `ms` milliseconds of the cluster's clock. */
  slowNetwork(options: { readonly ms: number }): Fault
  /**
   * Waits until the controller takes the broker for fenced, or for active.
   *
   * ```ts
   * const fault = cluster.broker(2).isolate()
   * await cluster.broker(2).waitFor('fenced')
   * ```
   *
   * @throws OdradekError `ABORTED`, `TIMEOUT`, or `CLUSTER_CLOSED`
   */
  waitFor(state: BrokerState, options?: WaitOptions): Promise<void>
}
