// A cluster that is not closed, and a connection to it, do not keep the process alive. The argument
// is its data directory.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { startCluster } from '../../../src/index.ts'

const [, , directory] = process.argv
process.env['TMPDIR'] = directory!
const cluster = await startCluster({ brokers: 2, topics: [{ name: 'orders' }], logLevel: 'silent' })
const socket = connect(cluster.brokers[0]!.port, '127.0.0.1')
await once(socket, 'connect')
socket.unref()
console.log(JSON.stringify(readdirSync(directory!)))
