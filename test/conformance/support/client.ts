import type { Broker } from './broker.ts'

/** How the batches of a produce call are compressed. */
export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Every codec Kafka knows, for clients that know them all. */
export const allCodecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A record as a test hands it to a client. A `null` value is a tombstone. */
export interface ProducedRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A record as a client hands it out. */
export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
}

/** What a test asks of a client, apart from group membership. A refusal is a {@link RefusedError}. */
export interface Operations {
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  produce(args: {
    topic: string
    records: readonly ProducedRecord[]
    codec?: Codec
    idempotent?: boolean
  }): Promise<void>
  /** Reads `count` records from the beginning, without a group. */
  consume(args: { topic: string; count: number }): Promise<ConsumedRecord[]>
  /** Joins `group`, reads `count` records from where it stands, commits behind them and leaves. */
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
  /** The offset of partition 0 at one of its ends. */
  listOffset(args: { topic: string; at: 'earliest' | 'latest' }): Promise<number>
  /** Deletes the records of partition 0 below an offset. */
  deleteRecords(args: { topic: string; before: number }): Promise<void>
  listGroups(args: object): Promise<string[]>
  describeGroup(args: { group: string }): Promise<{ state: string; members: number }>
  /** The committed offsets by partition, as far as there are any. */
  committedOffsets(args: { group: string; topic: string }): Promise<Record<string, number>>
  deleteGroup(args: { group: string }): Promise<void>
  /** The ids of the brokers, and of the controller where the client tells it. */
  describeCluster(args: object): Promise<{ brokers: number[]; controller: number | null }>
}

export type OperationName = keyof Operations

/** A broker's refusal, by the number of its error code. */
export class RefusedError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** One member of a consumer group, which reads on until it leaves. */
export interface GroupMember {
  /** Resolves when the member holds exactly `count` partitions, with them in order. */
  waitForPartitions(count: number): Promise<number[]>
  /** Resolves when the member has received a record with each of these values. */
  waitForValues(values: readonly string[]): Promise<ConsumedRecord[]>
  /** Leaves the group in order. */
  leave(): Promise<void>
}

/** A client connected to a broker: it survives the broker's restart. */
export interface ConnectedClient extends Operations {
  joinGroup(group: string, topic: string): Promise<GroupMember>
  close(): Promise<void>
}

/** A client as the suite knows it before it is connected. */
export interface ClientDescription {
  readonly name: string
  /** Why it cannot be run on this machine. */
  readonly missing?: string | undefined
  readonly codecs: readonly Codec[]
  /** Operations it does not offer, and why. */
  readonly lacks?: Partial<
    Record<OperationName | 'joinGroup' | 'idempotence' | 'emptyValue', string>
  >
  connect(broker: Broker): Promise<ConnectedClient>
}
