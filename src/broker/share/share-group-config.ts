import type { BrokerConfig } from '../../controller/broker-config.ts'
import { EffectiveGroupConfig } from '../../controller/effective-group-config.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { ReadIsolation } from '../../log/log-types.ts'
import { ConfigResourceType } from '../../protocol/config-resource.ts'
import type { DeliveryRules } from './delivery-rules.ts'

/** The feature whose level decides which share groups there are (KIP-932, KIP-1191). */
const SHARE_FEATURE = 'share.version'

/** The first level with share groups. */
const SHARE_GROUPS = 1

/** The first level with dead-letter topics. */
const DEAD_LETTER_TOPICS = 2

/** Whether the cluster serves share groups. */
export function supportsShareGroups(features: ReadonlyMap<string, number>): boolean {
  return shareVersion(features) >= SHARE_GROUPS
}

/** The configs of share groups that partition leaders use. They can change at any time. */
export class ShareGroupConfigs {
  readonly #image: MetadataImage
  readonly #broker: BrokerConfig

  constructor(image: MetadataImage, broker: BrokerConfig) {
    this.#image = image
    this.#broker = broker
  }

  of(groupId: string): ShareGroupConfig {
    const own = this.#image.configs(ConfigResourceType.Group, groupId)
    const config = new EffectiveGroupConfig(own, this.#broker)
    return new ShareGroupConfig(config, shareVersion(this.#image.features))
  }
}

/** The configs of one share group. */
export class ShareGroupConfig {
  readonly #config: EffectiveGroupConfig
  readonly #shareVersion: number

  constructor(config: EffectiveGroupConfig, shareVersion: number) {
    this.#config = config
    this.#shareVersion = shareVersion
  }

  get lockDurationMs(): number {
    return this.#config.number('share.record.lock.duration.ms')
  }

  get maxInFlightRecords(): number {
    return this.#config.number('share.partition.max.record.locks')
  }

  get canRenewLocks(): boolean {
    return this.#config.boolean('share.renew.acknowledge.enable')
  }

  get isolation(): ReadIsolation {
    const isCommitted = this.#config.string('share.isolation.level') === 'read_committed'
    return isCommitted ? 'lastStableOffset' : 'highWatermark'
  }

  /** `earliest`, `latest`, or `by_duration:` with an ISO 8601 duration. */
  get autoOffsetReset(): string {
    return this.#config.string('share.auto.offset.reset')
  }

  /** Empty if the group has none. */
  get deadLetterTopic(): string {
    return this.#config.string('errors.deadletterqueue.topic.name')
  }

  /** Whether keys and values are copied to the dead-letter topic. */
  get copiesDeadLetters(): boolean {
    return this.#config.boolean('errors.deadletterqueue.copy.record.enable')
  }

  get rules(): DeliveryRules {
    return {
      maxDeliveryCount: this.#config.number('share.delivery.count.limit'),
      hasDeadLetterTopic: this.#shareVersion >= DEAD_LETTER_TOPICS && this.deadLetterTopic !== '',
    }
  }
}

function shareVersion(features: ReadonlyMap<string, number>): number {
  return features.get(SHARE_FEATURE) ?? 0
}
