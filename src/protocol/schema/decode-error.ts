/**
 * Thrown for bytes that do not match the schema. Decoding throws no other error for invalid input.
 * A server closes the connection of such a request, as Kafka does.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/**
 * Thrown for a value that the schema cannot represent in a version, such as null in a field that is
 * not nullable.
 */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
}
