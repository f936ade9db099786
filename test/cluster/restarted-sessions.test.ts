import { expect, test } from 'vitest'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { startClusterOn } from '../support/cluster-on.ts'

test('brokers of a cluster that was killed are not fenced after it has started again', async () => {
  const files = new MemoryFileSystem()
  const options = { brokers: 2, topics: [{ name: 'orders' }] }
  // With this profile the controller does not notice that the brokers die.
  const first = await startClusterOn(files, ['/data'], { ...options, profile: 'faithful' })
  await Promise.all([1, 2].map((id) => first.cluster.broker(id).kill()))
  const { cluster, clock } = await startClusterOn(files, ['/data'], options)
  await clock.advance(60_000)
  expect(cluster.topic('orders').partition(0).leader).toBeGreaterThan(0)
})
