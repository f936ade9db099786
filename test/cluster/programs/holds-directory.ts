// Starts a cluster on the data directory that is named, with the broker configs in JSON if there are any, tells its address, and
// lives until it is killed.
import { startCluster } from '../../../src/index.ts'

const [, , dataDir, config = '{}'] = process.argv
const cluster = await startCluster({
  dataDir: dataDir!,
  config: JSON.parse(config) as Record<string, string | number>,
  keepAlive: true,
  logLevel: 'silent',
})
console.log(JSON.stringify(cluster.brokers[0]))
