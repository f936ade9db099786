import type { BrokerConfig } from './broker-config.ts'
import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import type { LiveMetadataImage } from './live-metadata-image.ts'
import type { MetadataDelta, MetadataImage } from './metadata-image.ts'

/**
 * The cluster metadata as one broker knows it (Kafka's `MetadataLoader` and `KRaftMetadataCache`):
 * an image that follows the committed batches of the metadata log, and the broker's configs
 * including dynamic ones.
 */
export class BrokerMetadata {
  readonly brokerId: number
  readonly config: BrokerConfig
  readonly #image: LiveMetadataImage
  readonly #listeners = new Set<(delta: MetadataDelta) => void>()
  /** Deltas that wait; `undefined` while the broker does not lag. */
  #held: MetadataDelta[] | undefined

  /**
   * @param image only this object changes it from now on
   * @param config the broker's configs; its dynamic configs follow the image
   */
  constructor(brokerId: number, image: LiveMetadataImage, config: BrokerConfig) {
    this.brokerId = brokerId
    this.config = config
    this.#image = image
    this.#loadDynamicConfigs()
  }

  get image(): MetadataImage {
    return this.#image
  }

  /** Calls back after every change of the image. Returns a function that removes the callback. */
  onChange(listener: (delta: MetadataDelta) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Waits until the image has everything up to the offset; `undefined` if it has. */
  reached(offset: number): Promise<void> | undefined {
    if (this.#image.lastOffset >= offset) return undefined
    return new Promise((resolve) => {
      const stop = this.onChange(({ lastOffset }) => {
        if (lastOffset < offset) return
        stop()
        resolve()
      })
    })
  }

  /** Applies the next batch, or keeps it while the broker lags. */
  deliver(delta: MetadataDelta): void {
    if (this.#held !== undefined) this.#held.push(delta)
    else this.#apply(delta)
  }

  /** Makes the broker lag: batches wait until {@link release}. */
  hold(): void {
    this.#held ??= []
  }

  /**
   * Applies waiting batches, in order.
   *
   * @param count the number of batches; the broker then still lags. Default: all, and the broker
   * stops lagging.
   */
  release(count = Infinity): void {
    const held = this.#held ?? []
    // Batches that a listener causes meanwhile also wait, after the others.
    for (let left = count; left > 0 && held.length > 0; left--) this.#apply(held.shift()!)
    if (count === Infinity) this.#held = undefined
  }

  #apply(delta: MetadataDelta): void {
    this.#image.apply(delta)
    if (delta.changedConfigs.some(({ type }) => type === ConfigResourceType.Broker)) {
      this.#loadDynamicConfigs()
    }
    for (const listener of this.#listeners) listener(delta)
  }

  #loadDynamicConfigs(): void {
    const type = ConfigResourceType.Broker
    this.config.setDynamic({
      own: this.#image.configs(type, String(this.brokerId)),
      cluster: this.#image.configs(type, DEFAULT_BROKER),
    })
  }
}
