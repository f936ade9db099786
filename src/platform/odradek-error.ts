/** What went wrong, for programs to tell apart. Codes are stable; messages may change. */
export type OdradekErrorCode =
  /** An option of the JavaScript API is not what it may be. */
  | 'INVALID_OPTION'
  /** A Kafka config is unknown, or its value is not allowed. */
  | 'INVALID_CONFIG'
  /** A topic to be made at the start can't be. */
  | 'INVALID_TOPIC'
  /** The port is taken, or may not be bound. */
  | 'PORT_UNAVAILABLE'
  /** The data directory can't be read or written, or belongs to another cluster. */
  | 'DATA_DIRECTORY_UNUSABLE'
  /** Another cluster is using the data directory. */
  | 'DATA_DIRECTORY_LOCKED'
  /** There is no topic of this name, or no more. */
  | 'UNKNOWN_TOPIC'
  /** The topic has fewer partitions. */
  | 'UNKNOWN_PARTITION'
  /** The cluster has no broker of this id. */
  | 'UNKNOWN_BROKER'
  /** The cluster is closed. */
  | 'CLUSTER_CLOSED'
  /** No broker leads the partition. */
  | 'PARTITION_UNAVAILABLE'
  /** What the files of a partition hold can't be read. */
  | 'CORRUPT_LOG'
  /** What was asked for is for topics with the cleanup policy `compact`. */
  | 'NOT_COMPACTED'

/** Returns the name of an option as its reader writes it: `dataDir`, or `--data-dir` on the command line. */
export type OptionNaming = (option: string) => string

/** An error of the JavaScript API; its message says what to do. */
export class OdradekError extends Error {
  override readonly name = 'OdradekError'
  readonly code: OdradekErrorCode
  readonly #wording: string | ((nameOf: OptionNaming) => string)

  /** @param message a function where the message names options: see {@link messageFor} */
  constructor(
    code: OdradekErrorCode,
    message: string | ((nameOf: OptionNaming) => string),
    options?: ErrorOptions,
  ) {
    super(typeof message === 'string' ? message : message(asInJavaScript), options)
    this.code = code
    this.#wording = message
  }

  /** Returns the message for somebody who gives options in another way, such as by flags of a command line. */
  messageFor(nameOf: OptionNaming): string {
    return typeof this.#wording === 'string' ? this.#wording : this.#wording(nameOf)
  }
}

function asInJavaScript(option: string): string {
  return option
}
