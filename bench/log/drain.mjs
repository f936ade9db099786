/**
 * Asks for answers and drops them, until it has so many bytes; a process of its own, so that only what sends is measured.
 *
 *   node drain.mjs PORT BYTES
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const requestBytes = 12
const [port, wanted] = process.argv.slice(2).map(Number)
const request = Buffer.alloc(requestBytes)
const socket = connect({ host: '127.0.0.1', port: port ?? 0, noDelay: true })
await once(socket, 'connect')
process.send?.('ready')
await once(process, 'message')

let total = 0
/** What is missing of the answer; below zero while its size is not known. */
let missing = -1
socket.on('data', (chunk) => {
  total += chunk.length
  // An answer begins at the beginning of a chunk, since it is not asked for before the last one is here.
  missing = missing < 0 ? chunk.readUInt32BE() + 4 - chunk.length : missing - chunk.length
  if (missing > 0) return
  missing = -1
  if (total >= (wanted ?? 0)) process.send?.('done')
  else socket.write(request)
})
socket.write(request)
process.once('disconnect', () => socket.destroy())
