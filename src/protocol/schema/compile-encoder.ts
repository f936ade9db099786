import type { Fields } from './field.ts'
import type { Encoder } from './message-schema.ts'

export function compileEncoder(_n: string, _f: Fields, _v: number, _x: boolean): Encoder {
  throw new Error('not yet')
}
