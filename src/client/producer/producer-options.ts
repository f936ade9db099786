import type { CompressionType } from '../../record/compression-type.ts'

/** Options of a producer. Names and defaults follow Kafka's Java producer. */
export interface ProducerOptions {
  /**
   * Which replicas must acknowledge a record: none (0), the leader (1), or all in-sync replicas
   * (-1). Default -1.
   */
  readonly acks?: 0 | 1 | -1
  /**
   * Whether the broker drops duplicate batches and refuses those out of order
   * (`enable.idempotence`). Default: true with `acks: -1`, otherwise false.
   */
  readonly idempotent?: boolean
  /** Default none. */
  readonly compression?: CompressionType
  /**
   * The time that a batch waits for more records, in milliseconds (`linger.ms`). Default 0: only
   * records of the same turn of the event loop are combined.
   */
  readonly lingerMs?: number
  /** The size at which a batch is closed (`batch.size`). Default 16,384. */
  readonly batchBytes?: number
  /**
   * The maximum size of a record and of a request, before compression (`max.request.size`). Default
   * 1,048,576.
   */
  readonly maxRequestBytes?: number
  /**
   * The maximum size of waiting records; beyond it `send` waits (`buffer.memory`). Default
   * 33,554,432.
   */
  readonly bufferBytes?: number
  /**
   * The maximum number of concurrent requests to one broker
   * (`max.in.flight.requests.per.connection`), at most 5 if idempotent. Default 5.
   */
  readonly maxInFlight?: number
  /**
   * The maximum time from `send` to the acknowledgement of a record, in milliseconds
   * (`delivery.timeout.ms`). Default 120,000.
   */
  readonly deliveryTimeoutMs?: number
  /** Whether brokers may create missing topics. Default true. */
  readonly allowAutoTopicCreation?: boolean
}

/** Options of a producer with their defaults filled in. */
export type ProducerSettings = Required<ProducerOptions>

/** Fills in the defaults. */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const acks = options.acks ?? -1
  return {
    acks,
    idempotent: acks === -1,
    compression: 'none',
    lingerMs: 0,
    batchBytes: 16_384,
    maxRequestBytes: 1_048_576,
    bufferBytes: 33_554_432,
    maxInFlight: 5,
    deliveryTimeoutMs: 120_000,
    allowAutoTopicCreation: true,
    ...options,
  }
}
