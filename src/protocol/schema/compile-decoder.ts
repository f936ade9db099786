import type { Fields } from './field.ts'
import type { Decoder } from './message-schema.ts'

export function compileDecoder(_n: string, _f: Fields, _v: number, _x: boolean): Decoder {
  throw new Error('not yet')
}
