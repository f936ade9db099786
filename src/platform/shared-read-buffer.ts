import { Socket } from 'node:net'

/** As much as Node allocates for every read. */
const BUFFER_BYTES = 64 * 1024

/** Where sockets keep what their option `onread` sets. */
interface ReadKeys {
  readonly buffer: symbol
  readonly callback: symbol
}

/** The part of a socket's handle that makes it read into memory it is given. */
interface ReadHandle {
  useUserBuffer(buffer: Uint8Array): void
}

let shared: Buffer | undefined
let readKeys: ReadKeys | 'unknown' | undefined

/**
 * Lets an accepted socket read into memory that all such sockets share, where Node would allocate 64 KiB for every read
 * and the garbage collector follow it. What `data` hands over is overwritten by the next read: listeners must take what
 * they need before they return.
 *
 * Node has this as the option `onread` of a client's socket, but lets no server say it for the sockets it accepts. So what
 * the option leaves on a socket is put on the accepted one; where this Node does it another way, nothing changes.
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
  // `allowHalfOpen` is there for the type, which knows `onread` only where a socket connects.
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
