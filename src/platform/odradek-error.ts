/** The kind of an error, for programs. Codes are stable; messages may change. */
export type OdradekErrorCode =
  /** An option of the JavaScript API has an invalid value. */
  | 'INVALID_OPTION'
  /** A Kafka config is unknown, or its value is invalid. */
  | 'INVALID_CONFIG'
  /** A topic cannot be created at the start. */
  | 'INVALID_TOPIC'
  /** The port is in use, or must not be bound. */
  | 'PORT_UNAVAILABLE'
  /** The data directory cannot be read or written, or belongs to another cluster. */
  | 'DATA_DIRECTORY_UNUSABLE'
  /** Another cluster uses the data directory. */
  | 'DATA_DIRECTORY_LOCKED'
  /** The topic does not exist, or was deleted. */
  | 'UNKNOWN_TOPIC'
  /** The topic has fewer partitions. */
  | 'UNKNOWN_PARTITION'
  /** The cluster has no broker with this id. */
  | 'UNKNOWN_BROKER'
  /** The broker does not run. */
  | 'BROKER_NOT_RUNNING'
  /** The broker has replicas that no other one can take, or is the last one. */
  | 'BROKER_IN_USE'
  /** The broker is paused. */
  | 'BROKER_PAUSED'
  /** The network has no fault with this id. */
  | 'UNKNOWN_FAULT'
  /** The cluster is closed. */
  | 'CLUSTER_CLOSED'
  /** The group does not exist. */
  | 'UNKNOWN_GROUP'
  /** The operation needs a group without members. */
  | 'GROUP_NOT_EMPTY'
  /** The operation needs a group with members. */
  | 'GROUP_EMPTY'
  /** The operation needs an open transaction. */
  | 'NO_OPEN_TRANSACTION'
  /** The caller ended a wait. */
  | 'ABORTED'
  /** A wait was longer than its limit. */
  | 'TIMEOUT'
  /** The replica of a broker does not exist or is not in sync. */
  | 'REPLICA_UNAVAILABLE'
  /** No broker leads the partition. */
  | 'PARTITION_UNAVAILABLE'
  /** The files of a partition cannot be read. */
  | 'CORRUPT_LOG'
  /** The operation needs a topic with the cleanup policy `compact`. */
  | 'NOT_COMPACTED'

/**
 * Returns the name of an option as its user writes it: `dataDir`, or `--data-dir` on the command
 * line.
 */
export type OptionNaming = (option: string) => string

/** An error of the JavaScript API. Its message says what to do. */
export class OdradekError extends Error {
  override readonly name = 'OdradekError'
  readonly code: OdradekErrorCode
  readonly #wording: string | ((nameOf: OptionNaming) => string)

  /** @param message a function if the message names options: see {@link messageFor} */
  constructor(
    code: OdradekErrorCode,
    message: string | ((nameOf: OptionNaming) => string),
    options?: ErrorOptions,
  ) {
    super(typeof message === 'string' ? message : message(asInJavaScript), options)
    this.code = code
    this.#wording = message
  }

  /** Returns the message for a user of another interface, such as the flags of the command line. */
  messageFor(nameOf: OptionNaming): string {
    return typeof this.#wording === 'string' ? this.#wording : this.#wording(nameOf)
  }
}

function asInJavaScript(option: string): string {
  return option
}
