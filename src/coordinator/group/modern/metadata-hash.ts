import type { MetadataImage, TopicImage } from '../../../controller/metadata-image.ts'
import { xxh3 } from '../../../platform/xxh3.ts'

/** The topics and brokers of an image, as far as hashes depend on them. */
export type HashedMetadata = Pick<MetadataImage, 'topics' | 'brokers'>

/** Written before each topic, so that a later layout has other hashes. */
const TOPIC_LAYOUT = 0

/**
 * Computes the hashes by which a group notices that its topics have changed (Kafka's
 * `Utils.computeGroupHash`). Hashes of topics are kept until the topic changes.
 */
export class MetadataHashes {
  readonly #image: HashedMetadata
  readonly #topics = new WeakMap<TopicImage, bigint>()

  constructor(image: HashedMetadata) {
    this.#image = image
  }

  /** Returns the hash of the subscribed topics that exist; 0 if there are none. */
  groupHash(topicNames: Iterable<string>): bigint {
    const existing = [...topicNames].flatMap((name) => this.#image.topics.get(name) ?? [])
    if (existing.length === 0) return 0n
    const hashes = existing.toSorted(byName).map((topic) => this.#topicHash(topic))
    const bytes = Buffer.alloc(hashes.length * 8)
    for (const [i, hash] of hashes.entries()) bytes.writeBigInt64LE(hash, i * 8)
    return xxh3(bytes)
  }

  #topicHash(topic: TopicImage): bigint {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const hash = topicHash(topic, this.#image)
    this.#topics.set(topic, hash)
    return hash
  }
}

/** Returns the hash of a topic with its partitions and their racks (Kafka's `computeTopicHash`). */
export function topicHash(
  { id, name, partitions }: TopicImage,
  { brokers }: Pick<HashedMetadata, 'brokers'>,
): bigint {
  const parts = [Buffer.of(TOPIC_LAYOUT), wordOf(id, 0), wordOf(id, 8), text(name)]
  parts.push(int32(partitions.length))
  for (const [partition, { replicas }] of partitions.entries()) {
    parts.push(int32(partition))
    const racks = replicas.flatMap((brokerId) => brokers.get(brokerId)?.rack ?? [])
    for (const rack of racks.toSorted()) parts.push(int32(rack.length), text(rack))
  }
  return xxh3(Buffer.concat(parts))
}

function byName(a: TopicImage, b: TopicImage): number {
  return a.name < b.name ? -1 : 1
}

/** Eight bytes of an id as a little-endian integer. */
function wordOf(id: string, at: number): Buffer {
  return Buffer.from(id, 'base64url')
    .subarray(at, at + 8)
    .reverse()
}

/** The UTF-16 units of a text, then their count. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value, 'utf16le'), int32(value.length)])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
