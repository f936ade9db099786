import { constants, createInflateRaw } from 'node:zlib'
import { expect, test } from 'vitest'
import { NativeDecoder } from '../../src/platform/native-decoder.ts'

test.each(['writeSync', 'reset', 'onerror'])(
  'a stream without the inner function %s is not used, and destroyed',
  (name) => {
    const stream = createInflateRaw()
    Reflect.set(Reflect.get(stream, '_handle') as object, name, undefined)
    expect(NativeDecoder.open(stream, constants.Z_SYNC_FLUSH)).toBeUndefined()
    expect(stream.destroyed).toBe(true)
  },
)
