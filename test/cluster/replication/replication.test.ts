import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { startReplicated, until } from './support.ts'

describe('a partition with three replicas', () => {
  test('is acknowledged with acks=all when all in-sync replicas have the records', async () => {
    const { send, read, partition } = await startReplicated()
    expect(await send('a')).toBe(ErrorCode.None)
    expect(await send('b')).toBe(ErrorCode.None)
    expect(await read()).toEqual(['a', 'b'])
    expect((await partition()).isr).toEqual([1, 2, 3])
  })

  test('keeps all acknowledged records when its leader dies', async () => {
    const { cluster, send, read, partition } = await startReplicated()
    for (const value of ['a', 'b', 'c']) expect(await send(value)).toBe(ErrorCode.None)
    const { leader } = await partition()
    await cluster.broker(leader).kill()
    await until(async () => (await partition()).leader > 0)
    expect((await partition()).leader).not.toBe(leader)
    expect(await send('d')).toBe(ErrorCode.None)
    expect(await read()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('gets a broker back in sync that was away', async () => {
    const { cluster, send, read, partition } = await startReplicated()
    await send('a')
    const { leader } = await partition()
    const away = [1, 2, 3].find((id) => id !== leader)!
    await cluster.broker(away).kill()
    expect(await send('b')).toBe(ErrorCode.None)
    expect((await partition()).isr).not.toContain(away)
    await cluster.broker(away).start()
    await until(async () => (await partition()).isr.length === 3)
    for (const id of [1, 2, 3].filter((other) => other !== away)) await cluster.broker(id).kill()
    await until(async () => (await partition()).leader === away)
    expect(await read()).toEqual(['a', 'b'])
  })

  test('survives that each broker stops and starts, one after the other', async () => {
    const { cluster, send, read, partition } = await startReplicated()
    const values: string[] = []
    for (const id of [1, 2, 3]) {
      await cluster.broker(id).stop()
      values.push(`without ${id}`)
      expect(await send(`without ${id}`)).toBe(ErrorCode.None)
      await cluster.broker(id).start()
      await until(async () => (await partition()).isr.length === 3)
    }
    expect(await read()).toEqual(values)
  })
})

describe('min.insync.replicas', () => {
  test('refuses records while too few replicas are in sync', async () => {
    const { cluster, send, read, partition } = await startReplicated({ 'min.insync.replicas': '3' })
    expect(await send('a')).toBe(ErrorCode.None)
    const { leader } = await partition()
    const away = [1, 2, 3].find((id) => id !== leader)!
    await cluster.broker(away).stop()
    expect(await send('b')).toBe(ErrorCode.NotEnoughReplicas)
    await cluster.broker(away).start()
    await until(async () => (await partition()).isr.length === 3)
    expect(await send('c')).toBe(ErrorCode.None)
    expect(await read()).toEqual(['a', 'c'])
  })
})
