import type { Random } from '../../../platform/random.ts'

/**
 * Returns a new member's id in Kafka's format: the client id or instance id, a dash, and a random
 * UUID.
 */
export function generateMemberId(random: Random, prefix: string): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  const uuid = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
  return `${prefix}-${uuid}`
}
