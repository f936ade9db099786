/**
 * Bytes that are not a message of the schema they were read with. The only error decoding throws for bad input;
 * whoever reads frames of a peer answers it by closing the connection, as Kafka does.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** A value that the schema cannot express in a version, for instance null in a field that is not nullable there. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
}
