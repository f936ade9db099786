/**
 * Requests responses and drops them until it has this many bytes. It is a separate process, so that
 * only the sender is measured.
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
/** The missing bytes of the response; negative while its size is unknown. */
let missing = -1
socket.on('data', (chunk) => {
  total += chunk.length
  // A response starts at the start of a chunk, because it is requested only when the previous one
  // is complete.
  missing = missing < 0 ? chunk.readUInt32BE() + 4 - chunk.length : missing - chunk.length
  if (missing > 0) return
  missing = -1
  if (total >= (wanted ?? 0)) process.send?.('done')
  else socket.write(request)
})
socket.write(request)
process.once('disconnect', () => socket.destroy())
