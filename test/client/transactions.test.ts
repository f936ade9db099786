import { describe, expect, it } from 'vitest'
import { partitionsOf, protocols, read, startWithVersion } from './support/transactional-clients.ts'
import { advanceUntil } from './support/test-client.ts'

const value = (text: string): Buffer => Buffer.from(text)

describe.each(protocols)('transactions with transaction.version %i', (level) => {
  it('show read_committed consumers the records of committed transactions only', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const producer = newClient().producer({ transactionalId: 't' })
    const send = async (text: string): Promise<void> => {
      producer.beginTransaction()
      await producer.send({ topic: 'orders', partition: 0, value: value(text) })
    }
    await advanceUntil(clock, producer.initTransactions())
    await advanceUntil(clock, send('committed'))
    await advanceUntil(clock, producer.commitTransaction())
    await advanceUntil(clock, send('aborted'))
    await advanceUntil(clock, producer.abortTransaction())
    await advanceUntil(clock, send('open'))
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual(['committed'])
    const all = (await read(clients, 'orders', 'read_uncommitted'))[0]
    expect(all).toEqual(['committed', 'aborted', 'open'])
    await advanceUntil(clock, producer.commitTransaction())
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual(['committed', 'open'])
  })

  it('let read_committed consumers wait for an open transaction', async () => {
    const { clock, newClient } = await startWithVersion(level)
    const producer = newClient().producer({ transactionalId: 't' })
    await advanceUntil(clock, producer.initTransactions())
    producer.beginTransaction()
    await advanceUntil(clock, producer.send({ topic: 'orders', partition: 0, value: value('1') }))
    const other = newClient().producer()
    await advanceUntil(clock, other.send({ topic: 'orders', partition: 0, value: value('2') }))
    const consumer = newClient().consumer({
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_committed',
    })
    consumer.assign([{ topic: 'orders', partition: 0 }])
    expect(await advanceUntil(clock, consumer.poll({ timeoutMs: 2_000 }))).toEqual([])
    await advanceUntil(clock, producer.commitTransaction())
    const records = await advanceUntil(clock, consumer.poll({ timeoutMs: 2_000 }))
    expect(records.map((record) => String(record.value))).toEqual(['1', '2'])
  })

  it('commit the offsets of a member of a group, and refuse those of a former one', async () => {
    const { clock, newClient } = await startWithVersion(level)
    const consumer = newClient().consumer({ groupId: 'g', autoCommit: false })
    consumer.subscribe(['orders'])
    while (consumer.assignment.length === 0)
      await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))
    const producer = newClient().producer({ transactionalId: 't' })
    await advanceUntil(clock, producer.initTransactions())
    const offsets = [{ topic: 'orders', partition: 1, offset: 7 }]
    producer.beginTransaction()
    const sent = producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata)
    await advanceUntil(clock, sent)
    await advanceUntil(clock, producer.commitTransaction())
    const [orders1] = partitionsOf('orders').slice(1)
    const committed = await advanceUntil(clock, consumer.committed([orders1!]))
    expect(committed).toMatchObject([{ partition: 1, offset: 7 }])
    const { memberId } = consumer.groupMetadata
    const { groups } = newClient().admin
    await advanceUntil(clock, groups.removeMembers('g', [{ memberId: memberId! }]))
    // Heartbeats tell the consumer that it is no member; its next poll is yet to come.
    for (let i = 0; i < 100; i++) await clock.advance(100)
    producer.beginTransaction()
    const refused = producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata)
    await expect(advanceUntil(clock, refused)).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
      cause: { errorName: 'UNKNOWN_MEMBER_ID' },
    })
    await advanceUntil(clock, producer.abortTransaction())
  })

  it('fence a producer when another one has its transactional id', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const [zombie, successor] = [1, 2].map(() => newClient().producer({ transactionalId: 't' }))
    const record = { topic: 'orders', partition: 0, value: value('zombie') }
    await advanceUntil(clock, zombie!.initTransactions())
    zombie!.beginTransaction()
    await advanceUntil(clock, zombie!.send(record))
    await advanceUntil(clock, successor!.initTransactions())
    await expect(advanceUntil(clock, zombie!.commitTransaction())).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
    })
    expect(() => zombie!.beginTransaction()).toThrow(
      expect.objectContaining({ code: 'PRODUCER_FENCED' }) as Error,
    )
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual([])
  })

  it('are aborted when their time is over', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const producer = newClient().producer({ transactionalId: 't', transactionTimeoutMs: 5_000 })
    await advanceUntil(clock, producer.initTransactions())
    producer.beginTransaction()
    const record = { topic: 'orders', partition: 0, value: value('late') }
    await advanceUntil(clock, producer.send(record))
    await clock.advance(20_000)
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual([])
    // With version 2 the coordinator takes the epoch of the commit as that of the next transaction.
    await expect(advanceUntil(clock, producer.commitTransaction())).rejects.toMatchObject({
      code: level === 1 ? 'PRODUCER_FENCED' : 'PRODUCER_FAILED',
      advice: expect.stringContaining('transactionTimeoutMs') as string,
    })
  })
})
