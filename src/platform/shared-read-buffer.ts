import { Socket } from 'node:net'

/** The size that Node allocates for every read. */
const BUFFER_BYTES = 64 * 1024

/** The properties of a socket that its option `onread` sets. */
interface ReadKeys {
  readonly buffer: symbol
  readonly callback: symbol
}

/** The part of a socket's handle that makes it read into given memory. */
interface ReadHandle {
  useUserBuffer(buffer: Uint8Array): void
}

let shared: Buffer | undefined
let readKeys: ReadKeys | 'unknown' | undefined

/**
 * Makes an accepted socket read into memory that all such sockets share. Otherwise Node allocates
 * 64 KiB for every read, and the garbage collector tracks it. A chunk of `data` is overwritten by
 * the next read, so listeners must use it before they return.
 *
 * Node has this as the option `onread` of client sockets, but not for sockets that a server
 * accepts. So the properties that the option sets are copied to the accepted socket. If this
 * version of Node has other internals, nothing changes.
 */
export function readIntoSharedBuffer(socket: Socket): void {
  const buffer = (shared ??= Buffer.allocUnsafeSlow(BUFFER_BYTES))
  const keys = (readKeys ??= findReadKeys())
  const handle: unknown = Reflect.get(socket, '_handle')
  if (keys === 'unknown' || !isReadHandle(handle)) return
  Reflect.set(socket, keys.buffer, buffer)
  Reflect.set(socket, keys.callback, (count: number) => {
    socket.emit('data', buffer.subarray(0, count))
    return true
  })
  handle.useUserBuffer(buffer)
}

function findReadKeys(): ReadKeys | 'unknown' {
  const onread = { buffer: Buffer.alloc(1), callback: () => true }
  // `allowHalfOpen` is needed for the type, which has `onread` only for connecting sockets.
  const options = { allowHalfOpen: true, onread }
  const probe = new Socket(options)
  const plain = new Socket()
  const keyOf = (value: unknown): symbol | undefined =>
    Object.getOwnPropertySymbols(probe).find(
      (key) => Reflect.get(probe, key) === value && Reflect.get(plain, key) === null,
    )
  const buffer = keyOf(onread.buffer)
  const callback = keyOf(onread.callback)
  return buffer === undefined || callback === undefined ? 'unknown' : { buffer, callback }
}

function isReadHandle(handle: unknown): handle is ReadHandle {
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle
}
