import { ApiError } from '../../src/protocol/api-error.ts'
import { expect, test } from 'vitest'
import { FetchSessionCache } from '../../src/broker/fetch-session-cache.ts'
import { FetchSession } from '../../src/broker/fetch-session.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { Fetch } from '../../src/protocol/messages/index.ts'
import { startTestCluster } from '../support/test-cluster.ts'
import { fetchRequest } from './support.ts'

function startCache(slots: number) {
  const clock = new ManualClock()
  return { clock, cache: new FetchSessionCache(clock, new SeededRandom(1), slots) }
}

test('a full cache gives no session while all of them are in use', async () => {
  const { clock, cache } = startCache(2)
  cache.create(false)
  cache.create(false)
  await clock.advance(120_000)
  expect(cache.create(false)).toBeUndefined()
  expect(cache.size).toBe(2)
})

test('a session that was not used for more than two minutes is evicted when its slot is needed', async () => {
  const { clock, cache } = startCache(2)
  const first = cache.create(false)!
  const second = cache.create(false)!
  await clock.advance(60_000)
  expect(cache.resume(first.id, 1, false)).toBe(first)
  await clock.advance(60_001)
  expect(cache.create(false)).toBeInstanceOf(FetchSession)
  expect(cache.resume(second.id, 1, false)).toBe(ApiError.of(ErrorCode.FetchSessionIdNotFound))
  expect(cache.resume(first.id, 1, false)).toBe(first)
})

test('sessions stay while their slots are not needed', async () => {
  const { clock, cache } = startCache(2)
  const session = cache.create(false)!
  await clock.advance(86_400_000)
  expect(cache.resume(session.id, 1, false)).toBe(session)
})

test('no slots mean no sessions', () => {
  expect(startCache(0).cache.create(false)).toBeUndefined()
})

test('ids are positive and unique', () => {
  const { cache } = startCache(1000)
  const ids = Array.from({ length: 1000 }, () => cache.create(false)!.id)
  expect(new Set(ids).size).toBe(1000)
  expect(ids.every((id) => id > 0 && id < 2 ** 31)).toBe(true)
})

test('the epoch after the largest is 1', () => {
  const session = new FetchSession(7, false, 0)
  session.epoch = 2 ** 31 - 1
  session.advanceEpoch()
  expect(session.epoch).toBe(1)
})

test('a fetch has no session when max.incremental.fetch.session.cache.slots are used', async () => {
  const config = { 'max.incremental.fetch.session.cache.slots': 1 }
  const { call } = await startTestCluster({ topics: [{ name: 'orders' }], config })
  const open = fetchRequest([{ topic: 'orders', partitions: [{}] }], { sessionEpoch: 0 })
  const first = await call(Fetch, 12, open)
  expect(first.sessionId).toBeGreaterThan(0)
  const second = await call(Fetch, 12, open)
  expect(second.sessionId).toBe(0)
  expect(second.responses[0]!.partitions).toHaveLength(1)
})
