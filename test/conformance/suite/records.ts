import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { ProducedRecord } from '../support/client.ts'
import { storedBatches } from '../support/stored-batches.ts'
import type { Scene } from './scene.ts'
import { numbered, scenario, uniqueName } from './scene.ts'

/** Tests that consumed records equal produced records, with every codec. */
export function recordScenarios(scene: Scene): void {
  scenario(
    scene,
    [],
    'records come back in order with key, value, headers and timestamp, a tombstone as null',
    async () => {
      const topic = uniqueName('records')
      await scene.fixture.createTopic(topic)
      const records: ProducedRecord[] = [
        { key: 'plain', value: 'value' },
        { key: 'headers', value: 'value', headers: { trace: 'a1', sprache: 'Süß – 縄' } },
        { key: 'Schlüssel 🧵', value: 'Ode an Odradek 🧵' },
        { key: 'tombstone', value: null },
        { key: null, value: 'no key' },
      ]
      const before = Date.now()
      await scene.client.produce({ topic, records })
      const consumed = await scene.client.consume({ topic, count: records.length })
      expect(consumed.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
        records.map((record) => ({ headers: {}, ...record })),
      )
      expect(consumed.map(({ partition, offset }) => [partition, offset])).toEqual(
        records.map((_, offset) => [0, offset]),
      )
      for (const { timestamp } of consumed) {
        expect(timestamp).toBeGreaterThanOrEqual(before - 1000)
        expect(timestamp).toBeLessThanOrEqual(Date.now() + 1000)
      }
    },
  )

  scenario(scene, ['emptyValue'], 'an empty value is no tombstone', async () => {
    const topic = uniqueName('empty')
    await scene.fixture.createTopic(topic)
    await scene.client.produce({ topic, records: [{ key: 'empty', value: '' }] })
    const consumed = await scene.client.consume({ topic, count: 1 })
    expect(consumed.map(({ key, value }) => ({ key, value }))).toEqual([
      { key: 'empty', value: '' },
    ])
  })

  for (const codec of scene.description.codecs) {
    scenario(
      scene,
      [],
      `batches compressed with ${codec} are stored so and come back`,
      async () => {
        const topic = uniqueName(`codec-${codec}`)
        await scene.fixture.createTopic(topic)
        const records = numbered(200).map(({ key, value }) => ({
          key,
          value: `${value} ${'Odradek '.repeat(40)}`,
        }))
        await scene.client.produce({ topic, records, codec })
        const consumed = await scene.client.consume({ topic, count: records.length })
        expect(consumed.map(({ key, value }) => ({ key, value }))).toEqual(records)
        const stored = storedBatches(scene.broker.dataDir, topic)
        expect(new Set(stored.map((batch) => batch.codec))).toEqual(new Set([codec]))
        expect(stored.reduce((sum, batch) => sum + batch.recordCount, 0)).toBe(records.length)
      },
    )
  }

  scenario(scene, [], 'batches from small to large come back whole', async () => {
    const topic = uniqueName('sizes')
    await scene.fixture.createTopic(topic)
    const batches = [
      sized(1, 10),
      sized(50, 1_000),
      sized(3, 100_000),
      sized(1, 800_000),
      sized(200, 500),
    ]
    for (const records of batches) await scene.client.produce({ topic, records })
    const produced = batches.flat()
    const consumed = await scene.client.consume({ topic, count: produced.length })
    expect(consumed.map(fingerprint)).toEqual(produced.map(fingerprint))
  })

  scenario(
    scene,
    ['idempotence'],
    'an idempotent producer numbers its batches without a gap',
    async () => {
      const topic = uniqueName('idempotent')
      await scene.fixture.createTopic(topic)
      for (const round of [0, 1, 2]) {
        const records = numbered(10, round * 10)
        await scene.client.produce({ topic, records, idempotent: true })
      }
      const stored = storedBatches(scene.broker.dataDir, topic)
      const nextSequence = new Map<number, number>()
      for (const { producerId, baseSequence, recordCount } of stored) {
        expect(producerId).toBeGreaterThanOrEqual(0)
        expect(baseSequence).toBe(nextSequence.get(producerId) ?? 0)
        nextSequence.set(producerId, baseSequence + recordCount)
      }
      expect([...nextSequence.values()].reduce((sum, count) => sum + count, 0)).toBe(30)
    },
  )
}

function sized(count: number, valueSize: number): { key: string; value: string }[] {
  return numbered(count).map(({ key, value }) => ({
    key,
    value: value.repeat(Math.ceil(valueSize / value.length)).slice(0, valueSize),
  }))
}

/** Short enough to be printed if it differs. */
function fingerprint({ key, value }: ProducedRecord): string {
  return `${key} ${createHash('sha256').update(value!).digest('hex').slice(0, 12)}`
}
