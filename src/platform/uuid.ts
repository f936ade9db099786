import type { Random } from './random.ts'

/**
 * A 128-bit id in Kafka's notation: URL-safe base64 without padding, 22 characters. Topic ids,
 * cluster ids and directory ids have this form.
 */
export type Uuid = string

/** The zero id: sixteen zero bytes. */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/**
 * Returns a random id that does not start with a dash, which command lines would treat as an option
 * (Kafka's `Uuid.randomUuid`).
 */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url')
    if (!uuid.startsWith('-')) return uuid
  }
}
