// A broker loses its connection to the controller, and is fenced. Its partitions get other leaders.
import { ManualClock, startCluster } from 'odradek'

const clock = new ManualClock()
const topics = [{ name: 'payments', partitions: 3, replicas: 3 }]
const cluster = await startCluster({ brokers: 3, topics, clock })
const leaders = () => cluster.topic('payments').partitions.map(({ leader }) => leader)
console.log(`broker 2 leads: ${leaders().includes(2)}`)

const split = cluster.network.partition([[2], ['controller']])
console.log(`broker 2 still leads: ${leaders().includes(2)}`)
await clock.advance(500) // broker.session.timeout.ms of the profile `test`
await cluster.broker(2).waitFor('fenced')
console.log(`broker 2 is ${cluster.broker(2).state}, and leads: ${leaders().includes(2)}`)

await split.heal()
await cluster.inSync()
console.log(`broker 2 is ${cluster.broker(2).state}`)
await cluster.close()
