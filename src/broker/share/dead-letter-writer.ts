import type { BrokerConfig } from '../../controller/broker-config.ts'
import type { MetadataImage, TopicImage } from '../../controller/metadata-image.ts'
import type { ControllerRequests } from '../../controller/operations.ts'
import { topicLogConfig } from '../../controller/topic-config.ts'
import type { NetworkLogger } from '../../network/network-logger.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ConfigResourceType } from '../../protocol/config-resource.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import { Produce } from '../../protocol/messages/00-produce.ts'
import type { Delays } from '../delays.ts'
import type { PeerBrokers } from '../peer-brokers.ts'
import type { ReplicaManager } from '../replica-manager.ts'
import { deadLetterBatch } from './dead-letter-records.ts'
import type { DeadLetters, UndeliveredRecords } from './dead-letters.ts'
import type { ShareGroupConfigs } from './share-group-config.ts'

export interface DeadLetterWriterOptions {
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly configs: ShareGroupConfigs
  readonly controller: ControllerRequests
  readonly peers: PeerBrokers
  readonly replicas: ReplicaManager
  readonly delays: Delays
  readonly clock: Clock
  readonly random: Random
  readonly logger: NetworkLogger
}

const PRODUCE_VERSION = 13
const ACKS_ALL = -1
const PRODUCE_TIMEOUT_MS = 30_000

/** Attempts in sequence after which the records are given up. */
const MAX_ATTEMPTS = 5
const BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 30_000

/** The prefix of topics that a group must not use. */
const INTERNAL_PREFIX = '__'

/**
 * Writes records that are not delivered again to the dead-letter topics of their groups. Creates
 * these topics if the cluster allows it (Kafka's `ShareGroupDLQManager`, KIP-1191).
 */
export class DeadLetterWriter implements DeadLetters {
  readonly #options: DeadLetterWriterOptions
  readonly #creating = new Map<string, Promise<TopicImage | ApiError>>()

  constructor(options: DeadLetterWriterOptions) {
    this.#options = options
  }

  async write(undelivered: UndeliveredRecords): Promise<void> {
    const name = this.#options.configs.of(undelivered.groupId).deadLetterTopic
    const failure = this.#refuse(name, undelivered) ?? (await this.#writeTo(name, undelivered))
    if (failure === undefined) return
    const { groupId, topic, partition, firstOffset, lastOffset } = undelivered
    this.#options.logger.error(
      { groupId, topic, partition, firstOffset, lastOffset, reason: failure },
      'Cannot write records to the dead-letter topic of a share group. They are archived without it',
    )
  }

  /** Returns the reason why the group cannot use the topic. */
  #refuse(name: string, { groupId }: UndeliveredRecords): string | undefined {
    const { config, image } = this.#options
    if (name === '') return `Configured DLQ topic name in share group: ${groupId} is empty.`
    if (name.startsWith(INTERNAL_PREFIX)) {
      return `Configured DLQ topic name in share group: ${groupId} cannot start with __, topic: ${name}.`
    }
    const exists = image.topics.has(name)
    const configs = image.configs(ConfigResourceType.Topic, name)
    if (exists && configs.get('errors.deadletterqueue.group.enable') !== 'true') {
      return `DLQ is not enabled on configured DLQ topic for share group: ${groupId}, topic: ${name}.`
    }
    if (!exists && !config.boolean('errors.deadletterqueue.auto.create.topics.enable')) {
      return `DLQ topic does not exist and auto create is disabled on cluster for share group: ${groupId}, topic: ${name}.`
    }
    const prefix = config.string('errors.deadletterqueue.topic.name.prefix') ?? ''
    if (name.startsWith(prefix)) return undefined
    return `Configured DLQ topic name does not comply with the DLQ topic prefix in share group: ${groupId}, topic: ${name}, prefix: ${prefix}.`
  }

  /** Returns the reason why the records cannot be written. */
  async #writeTo(name: string, undelivered: UndeliveredRecords): Promise<string | undefined> {
    const { delays, random } = this.#options
    let next = undelivered.firstOffset
    let failures = 0
    while (next <= undelivered.lastOffset) {
      const written = await this.#writeNext(name, undelivered, next)
      if (typeof written === 'number') {
        next = written
        failures = 0
        continue
      }
      failures++
      if (failures === MAX_ATTEMPTS || !isRetried(written)) return errorMessage(written.errorCode)!
      if (!(await delays.wait(backoffMs(failures, random)))) return 'The broker closes.'
    }
    return undefined
  }

  /** Writes one batch. Returns the offset after it. */
  async #writeNext(
    name: string,
    undelivered: UndeliveredRecords,
    firstOffset: number,
  ): Promise<number | ApiError> {
    const creating = this.#creating.get(name)
    const topic =
      creating === undefined
        ? (this.#options.image.topics.get(name) ?? (await this.#createOnce(name)))
        : await creating
    if (topic instanceof ApiError) return topic
    const { partition, leader } = topic.partitions[undelivered.partition % topic.partitions.length]!
    const { records, nextOffset } = this.#batchFor(name, undelivered, firstOffset)
    const response = await this.#options.peers.send(leader, Produce, PRODUCE_VERSION, {
      transactionalId: null,
      acks: ACKS_ALL,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      topicData: [{ name: '', topicId: topic.id, partitionData: [{ index: partition, records }] }],
    })
    const errorCode = response?.responses[0]?.partitionResponses[0]?.errorCode
    if (errorCode === ErrorCode.None) return nextOffset
    return ApiError.of((errorCode ?? ErrorCode.NetworkException) as ErrorCode)
  }

  #batchFor(name: string, undelivered: UndeliveredRecords, firstOffset: number) {
    const { image, config, configs, replicas, clock } = this.#options
    const topicConfigs = image.configs(ConfigResourceType.Topic, name)
    const source = replicas.leader(undelivered.topic, undelivered.partition)
    const isCopied = configs.of(undelivered.groupId).copiesDeadLetters
    return deadLetterBatch(undelivered, firstOffset, {
      log: isCopied && !(source instanceof ApiError) ? source.log : undefined,
      maxBytes: topicLogConfig(topicConfigs, config).maxMessageBytes,
      nowMs: clock.now(),
    })
  }

  /** Creates the topic. Other records wait for it, so that they stay in order. */
  #createOnce(name: string): Promise<TopicImage | ApiError> {
    const creating = this.#create(name).finally(() => this.#creating.delete(name))
    this.#creating.set(name, creating)
    return creating
  }

  /** Creates the topic. The broker may know it a little later. */
  async #create(name: string): Promise<TopicImage | ApiError> {
    const configs = {
      'errors.deadletterqueue.group.enable': 'true',
      'message.timestamp.type': 'CreateTime',
    }
    const [result] = await this.#options.controller.createTopics([
      {
        name,
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [],
        configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
      },
    ])
    const errorCode = result?.errorCode ?? ErrorCode.UnknownServerError
    if (errorCode !== ErrorCode.None) return ApiError.of(errorCode)
    return this.#options.image.topics.get(name) ?? ApiError.of(ErrorCode.TopicAlreadyExists)
  }
}

/** The same errors as in Kafka, of both requests. */
function isRetried({ errorCode }: ApiError): boolean {
  return (
    errorCode === ErrorCode.NotLeaderOrFollower ||
    errorCode === ErrorCode.NetworkException ||
    errorCode === ErrorCode.RequestTimedOut ||
    errorCode === ErrorCode.TopicAlreadyExists ||
    errorCode === ErrorCode.ThrottlingQuotaExceeded
  )
}

function backoffMs(failures: number, random: Random): number {
  const factor = 0.8 + random.int(400) / 1000
  return Math.min(MAX_BACKOFF_MS, Math.floor(BACKOFF_MS * 2 ** failures * factor))
}
