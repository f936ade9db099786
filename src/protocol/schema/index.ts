export { Api, api } from './api.ts'
export type { RequestInput, RequestOf, ResponseBody, ResponseInput, ResponseOf } from './api.ts'
export { DecodeError, EncodeError } from './decode-error.ts'
export {
  array,
  bits64,
  bool,
  bytes,
  Field,
  float64,
  int16,
  int32,
  int64,
  int8,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from './field.ts'
export type { DecodedFields, Fields, FieldSpec, VersionRange } from './field.ts'
export { message, MessageSchema } from './message-schema.ts'
export type { Decoded, Encodable, SchemaOptions } from './message-schema.ts'
export { Reader } from './reader.ts'
export { Writer } from './writer.ts'
