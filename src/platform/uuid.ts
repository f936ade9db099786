import type { Random } from './random.ts'

/**
 * A 128-bit id as Kafka prints it: URL-safe base64 without padding, 22 characters. Topic ids, cluster ids and
 * directory ids are held in this form.
 */
export type Uuid = string

/** The id of nothing: sixteen zero bytes. */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A random id that does not start with a dash, which command lines would take for an option (Kafka's `Uuid.randomUuid`). */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url')
    if (!uuid.startsWith('-')) return uuid
  }
}
