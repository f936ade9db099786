// Starts a cluster on the data directory that is named, tells its address, and lives until it is killed.
import { startCluster } from '../../../src/index.ts'

const [, , dataDir] = process.argv
const cluster = await startCluster({ dataDir: dataDir!, keepAlive: true, logLevel: 'silent' })
console.log(JSON.stringify(cluster.brokers[0]))
