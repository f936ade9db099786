import type { Broker } from './broker.ts'

/** The compression of batches in a produce call. */
export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** All codecs of Kafka, for clients that support all. */
export const allCodecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A record that a test passes to a client. A `null` value is a tombstone. */
export interface ProducedRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A record that a client returns. */
export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** Which records of transactions a consumer reads. */
export type IsolationLevel = 'read_committed' | 'read_uncommitted'

/**
 * The operations of a client, except for group membership. If the broker refuses one, it rejects
 * with a {@link RefusedError}.
 */
export interface Operations {
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  produce(args: {
    topic: string
    records: readonly ProducedRecord[]
    codec?: Codec
    idempotent?: boolean
  }): Promise<void>
  /** Reads `count` records from the beginning, without a group. Default: `read_committed`. */
  consume(args: {
    topic: string
    count: number
    isolation?: IsolationLevel
  }): Promise<ConsumedRecord[]>
  /** Joins `group`, reads `count` records from its position, commits after them and leaves. */
  consumeInGroup(args: { group: string; topic: string; count: number }): Promise<ConsumedRecord[]>

  createTopic(args: {
    topic: string
    partitions: number
    config?: Readonly<Record<string, string>>
  }): Promise<void>
  deleteTopic(args: { topic: string }): Promise<void>
  listTopics(args: object): Promise<string[]>
  /** The number of partitions. */
  countPartitions(args: { topic: string }): Promise<number>
  createPartitions(args: { topic: string; count: number }): Promise<void>
  describeConfig(args: { topic: string }): Promise<Record<string, string>>
  alterConfig(args: { topic: string; name: string; value: string }): Promise<void>
  /** Resolves with the start or end offset of partition 0. */
  listOffset(args: { topic: string; at: 'earliest' | 'latest' }): Promise<number>
  /** Deletes the records of partition 0 below an offset. */
  deleteRecords(args: { topic: string; before: number }): Promise<void>
  listGroups(args: object): Promise<string[]>
  describeGroup(args: { group: string }): Promise<{ state: string; members: number }>
  /** Resolves with the existing committed offsets by partition. */
  committedOffsets(args: { group: string; topic: string }): Promise<Record<string, number>>
  deleteGroup(args: { group: string }): Promise<void>
  /** Resolves with the ids of the brokers, and of the controller if the client returns it. */
  describeCluster(args: object): Promise<{ brokers: number[]; controller: number | null }>
}

/** The operations of transactional producers. `producer` is the test's name for one. */
export interface TransactionOperations {
  /** Initializes a producer, which fences the others with its transactional id. */
  initProducer(args: {
    producer: string
    transactionalId: string
    transactionTimeoutMs?: number
  }): Promise<void>
  beginTransaction(args: { producer: string }): Promise<void>
  /** Resolves when every record is acknowledged. */
  produceInTransaction(args: {
    producer: string
    topic: string
    records: readonly ProducedRecord[]
  }): Promise<void>
  endTransaction(args: { producer: string; commits: boolean }): Promise<void>
  /**
   * One transaction: reads `count` records of `from` as a member of `group`, produces them to `to`,
   * and sends their offsets to the transaction. Resolves with the records, when the transaction has
   * ended and the member has left.
   */
  transform(args: {
    producer: string
    group: string
    from: string
    to: string
    count: number
    commits: boolean
  }): Promise<ConsumedRecord[]>
}

export type OperationName = keyof Operations | keyof TransactionOperations

/** Returns the entries of `lacks` for a client without transactional producers. */
export function lacksTransactions(reason: string): Record<keyof TransactionOperations, string> {
  return {
    initProducer: reason,
    beginTransaction: reason,
    produceInTransaction: reason,
    endTransaction: reason,
    transform: reason,
  }
}

/** A refusal of the broker, with its error code. */
export class RefusedError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** A member of a consumer group, which reads until it leaves, with `read_committed`. */
export interface GroupMember {
  /** Resolves with the partitions, in order, when the member has exactly `count`. */
  waitForPartitions(count: number): Promise<number[]>
  /** Resolves when the member has received a record with each of these values. */
  waitForValues(values: readonly string[]): Promise<ConsumedRecord[]>
  /** Returns the partitions that the member had so far, after each change. */
  assignments(): readonly (readonly number[])[]
  /** Returns the values of all records that the member has received so far. */
  values(): (string | null)[]
  /** Leaves the group gracefully. */
  leave(): Promise<void>
}

/** A client that is connected to a broker. It survives a restart of the broker. */
export interface ConnectedClient extends Operations {
  /** Absent if it has no transactional producers. */
  readonly transactions?: TransactionOperations
  joinGroup(group: string, topic: string): Promise<GroupMember>
  close(): Promise<void>
}

/** The description of a client before it is connected. */
export interface ClientDescription {
  readonly name: string
  /** The reason why it cannot run on this machine. */
  readonly missing?: string | undefined
  readonly codecs: readonly Codec[]
  /**
   * The version of the transaction protocol. From 2 on, each transaction has its own producer epoch
   * (KIP-890). Default: 1.
   */
  readonly transactionVersion?: 1 | 2
  /**
   * The protocol of its consumer groups (KIP-848). With `consumer` only the scenarios with groups
   * run: the others are the same. Default: `classic`.
   */
  readonly groupProtocol?: 'classic' | 'consumer'
  /** Operations that it does not offer, with the reasons. */
  readonly lacks?: Partial<
    Record<
      | OperationName
      | 'joinGroup'
      | 'idempotence'
      | 'emptyValue'
      | 'isolation'
      | 'abortedAmongCommitted',
      string
    >
  >
  connect(broker: Broker): Promise<ConnectedClient>
}
