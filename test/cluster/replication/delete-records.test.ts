import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DeleteRecords } from '../../../src/protocol/messages/index.ts'
import { isPending, listOffset, type Caller } from '../../broker/support.ts'
import { startReplicated } from './support.ts'

const EARLIEST = -2

async function deleteBefore(leader: Caller, offset: number) {
  const { topics } = await leader.call(DeleteRecords, 2, {
    timeoutMs: 100,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset }] }],
  })
  return topics[0]!.partitions[0]!
}

test('DeleteRecords is answered when all replicas have deleted the records', async () => {
  const kit = await startReplicated()
  for (const value of ['a', 'b', 'c']) await kit.send(value)
  const { leader } = await kit.partition()
  const deleted = await deleteBefore(await kit.connect(leader), 2)
  expect(deleted).toMatchObject({ errorCode: ErrorCode.None, lowWatermark: 2 })
  await kit.cluster.broker(leader).kill()
  const next = await kit.connect((await kit.partition()).leader)
  expect(await listOffset(next, 'orders', EARLIEST)).toMatchObject({ offset: 2 })
})

test('DeleteRecords times out while a follower does not answer', async () => {
  const kit = await startReplicated()
  for (const value of ['a', 'b', 'c']) await kit.send(value)
  const { leader } = await kit.partition()
  const silent = [1, 2, 3].find((id) => id !== leader)!
  const caller = await kit.connect(leader)
  await kit.cluster.broker(silent).pause()
  const answer = deleteBefore(caller, 2)
  expect(await isPending(answer)).toBe(true)
  await kit.clock.advance(100)
  expect((await answer).errorCode).toBe(ErrorCode.RequestTimedOut)
})
