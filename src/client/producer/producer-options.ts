import type { CompressionType } from '../../record/compression-type.ts'
import { ClientError } from '../client-error.ts'

/** Options of a producer. Names and defaults follow Kafka's Java producer. */
export interface ProducerOptions {
  /**
   * Which replicas must acknowledge a record: none (0), the leader (1), or all in-sync replicas
   * (-1). Default -1.
   */
  readonly acks?: 0 | 1 | -1
  /**
   * Whether the broker drops duplicate batches and refuses those out of order
   * (`enable.idempotence`). Default: true with `acks: -1`, otherwise false. Transactional producers
   * are always idempotent.
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
  /**
   * Makes the producer transactional (`transactional.id`). It identifies the producer over
   * restarts: a new producer with the same id fences the earlier one and ends its transaction.
   * Default none.
   */
  readonly transactionalId?: string
  /**
   * The maximum time of a transaction, in milliseconds, after which the coordinator aborts it
   * (`transaction.timeout.ms`). Default 60,000.
   */
  readonly transactionTimeoutMs?: number
}

/** Options of a producer with their defaults filled in. */
export type ProducerSettings = Required<Omit<ProducerOptions, 'transactionalId'>> &
  Pick<ProducerOptions, 'transactionalId'>

/**
 * Fills in the defaults.
 *
 * @throws ClientError `INVALID_ARGUMENT` if options exclude each other
 */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const acks = options.acks ?? -1
  const settings: ProducerSettings = {
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
    transactionTimeoutMs: 60_000,
    ...options,
  }
  const { idempotent, maxInFlight, transactionalId } = settings
  if (transactionalId !== undefined && !idempotent)
    throw invalid('a transactional producer needs idempotent true and acks -1')
  if (transactionalId === '') throw invalid('transactionalId must not be empty')
  if (idempotent && (acks !== -1 || maxInFlight > 5))
    throw invalid('an idempotent producer needs acks -1 and maxInFlight of 5 or less')
  return settings
}

function invalid(message: string): ClientError {
  return new ClientError('INVALID_ARGUMENT', message)
}
