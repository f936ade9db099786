// Starts a cluster on the given data directory, with the broker configs from the second argument,
// prints its address, and runs until it is killed.
import { startCluster } from '../../../src/index.ts'

const [, , dataDir, config = '{}'] = process.argv
const cluster = await startCluster({
  dataDir: dataDir!,
  config: JSON.parse(config) as Record<string, string | number>,
  keepAlive: true,
  logLevel: 'silent',
})
console.log(JSON.stringify(cluster.brokers[0]))
