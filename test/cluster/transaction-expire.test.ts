import { describe, expect, test } from 'vitest'
import { SystemClock } from '../../src/platform/system-clock.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { ID, MINUTE_MS, start, TransactionalProducer } from './support/transactional-producer.ts'

const { None, ProducerFenced } = ErrorCode

describe('expire', () => {
  test('aborts the open transaction and fences its producer, while the clock stands still', async () => {
    const { transaction, scene } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    const aborted = transaction.waitFor('CompleteAbort')
    await transaction.expire()
    const { producerEpoch } = await aborted
    expect(producerEpoch).toBeGreaterThan(producer.producerEpoch)
    expect(await producer.end(true)).toBe(ProducerFenced)
    expect(await producer.add('orders')).toBe(ProducerFenced)
    expect(await producer.init()).toBe(None)
    await producer.send('orders', 'b')
    expect(await producer.end(true)).toBe(None)
  })

  test('has the effect of the timeout', async () => {
    const { scene, cluster, clock } = await start()
    const outcomes = []
    for (const id of ['by time', 'by expire']) {
      const producer = await TransactionalProducer.open(scene, id)
      await producer.send('orders', 'a')
      const transaction = cluster.transaction(id)
      if (id === 'by expire') await transaction.expire()
      else await clock.advance(MINUTE_MS + 1)
      const { state, producerEpoch, producerId } = transaction
      expect(producerId).toBe(producer.producerId)
      outcomes.push({ state, producerEpoch, end: await producer.end(true) })
    }
    expect(outcomes[1]).toEqual(outcomes[0])
  })

  test('works with the system clock', async () => {
    const { transaction, scene } = await start({ clock: new SystemClock() })
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    expect(transaction.ageMs).toBeGreaterThanOrEqual(0)
    await transaction.expire()
    await transaction.waitFor('CompleteAbort', { timeoutMs: MINUTE_MS })
  })

  test('resolves when the abort is written, also if its markers are held', async () => {
    const { transaction, scene } = await start()
    const hold = transaction.hold('PrepareAbort')
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await transaction.expire()
    expect(await hold.reached).toMatchObject({ state: 'PrepareAbort' })
    expect(transaction.state).toBe('PrepareAbort')
    hold.release()
    await transaction.waitFor('CompleteAbort')
  })

  test('needs an open transaction', async () => {
    const { transaction, scene } = await start()
    const refused = (reason: string) => ({
      code: 'NO_OPEN_TRANSACTION',
      message: `Transaction '${ID}' cannot expire: ${reason}. Wait for an open transaction first: await transaction.waitFor('Ongoing')`,
    })
    await expect(transaction.expire()).rejects.toMatchObject(
      refused('no producer has initialized this transactional id'),
    )
    const producer = await TransactionalProducer.open(scene, ID)
    await expect(transaction.expire()).rejects.toMatchObject(refused('its state is Empty'))
    transaction.hold('PrepareCommit')
    await producer.send('orders', 'a')
    await producer.end(true)
    await expect(transaction.expire()).rejects.toMatchObject(refused('its state is PrepareCommit'))
  })

  test('needs a coordinator', async () => {
    const { transaction, scene, cluster } = await start()
    const producer = await TransactionalProducer.open(scene, ID)
    await producer.send('orders', 'a')
    await cluster.broker(1).stop()
    await expect(transaction.expire()).rejects.toMatchObject({ code: 'PARTITION_UNAVAILABLE' })
  })
})
