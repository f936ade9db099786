/** The codec of a batch, by Kafka's name. Its id is in the lowest three bits of the attributes. */
export const CompressionType = {
  None: 'none',
  Gzip: 'gzip',
  Snappy: 'snappy',
  Lz4: 'lz4',
  Zstd: 'zstd',
} as const
export type CompressionType = (typeof CompressionType)[keyof typeof CompressionType]

/**
 * By id: `compressionTypes[attributes & COMPRESSION_MASK]`, `undefined` for the ids 5 to 7 that
 * Kafka does not know.
 */
export const compressionTypes: readonly CompressionType[] = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  'zstd',
]

export const COMPRESSION_MASK = 0x07

/** Returns the id of a codec in the attributes of a batch. */
export function compressionId(type: CompressionType): number {
  return compressionTypes.indexOf(type)
}

/** Whether the attributes of a batch contain a codec that Kafka knows. */
export function isCompressionType(attributes: number): boolean {
  return (attributes & COMPRESSION_MASK) < compressionTypes.length
}
