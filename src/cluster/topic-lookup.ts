import { OdradekError } from '../platform/odradek-error.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'

/** @throws OdradekError `UNKNOWN_PARTITION` */
export function checkPartition(topic: string, partition: number, total: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < total) return
  throw new OdradekError(
    'UNKNOWN_PARTITION',
    `Topic '${topic}' has no partition ${partition}: it has ${total}, numbered from 0`,
  )
}

/**
 * Returns the number of partitions of a topic.
 *
 * @throws OdradekError `UNKNOWN_TOPIC`
 */
export function partitionCount(
  topic: string,
  { image }: { readonly image: MetadataImage },
): number {
  const found = image.topics.get(topic)
  if (found !== undefined) return found.partitions.length
  const known = [...image.topics.keys()].sort().join(', ')
  throw new OdradekError(
    'UNKNOWN_TOPIC',
    `There is no topic '${topic}'${known === '' ? '' : `. The topics are ${known}`}`,
  )
}
