import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import type { ClusterOptions } from '../../src/index.ts'
import { ManualClock } from '../../src/index.ts'
import { waitMs } from './support/patience.ts'
import type { AcknowledgeType, AcquiredRecord } from './support/share-consumers.ts'
import { ShareConsumers } from './support/share-consumers.ts'
import { ShareStage } from './support/share-stage.ts'

const { go, kafka, python } = inject('tools')

const clients: readonly {
  name: string
  missing: string | undefined
  start(): ShareConsumers
  /** How it treats records whose locks it has renewed; absent if it has no renewals. */
  renewed?: 'polled again' | 'kept'
}[] = [
  {
    name: 'kafka-clients',
    missing: kafka.missing,
    start: () => ShareConsumers.java(kafka),
    renewed: 'polled again',
  },
  {
    name: 'librdkafka',
    missing: python.missing,
    start: () => ShareConsumers.librdkafka(python),
  },
  {
    name: 'franz-go',
    missing: go.missing,
    start: () => ShareConsumers.franzGo(go),
    renewed: 'kept',
  },
]

const manyConsumers = 50
const tickMs = 50

async function startStage(options?: ClusterOptions): Promise<ShareStage> {
  const stage = await ShareStage.start(['orders', 'returns'], options)
  onTestFinished(() => stage.close())
  return stage
}

const valuesOf = (records: readonly AcquiredRecord[]) => records.map(({ value }) => value)

/** Polls the consumers in turn until there are `count` records. Returns them as they came. */
async function pollUntil(
  consumers: ShareConsumers,
  count: number,
  names: readonly string[],
  afterPoll: (name: string, records: readonly AcquiredRecord[]) => unknown = () => {},
): Promise<AcquiredRecord[]> {
  const polled: AcquiredRecord[] = []
  const endMs = Date.now() + waitMs
  while (polled.length < count && Date.now() < endMs) {
    for (const name of names) {
      const records = await consumers.poll(name, 1000 / names.length)
      polled.push(...records)
      await afterPoll(name, records)
    }
  }
  return polled
}

for (const { name, missing, start, renewed } of clients) {
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(`share consumers of ${title}`, () => {
    let consumers: ShareConsumers

    beforeAll(() => {
      consumers = start()
    })

    afterAll(() => consumers?.kill())

    test('accept each record of several topics by polling again', async () => {
      const stage = await startStage()
      const values = [
        ...(await stage.produce('orders', 60)),
        ...(await stage.produce('returns', 40)),
      ]
      await consumers.start('accepts', ['orders', 'returns'], stage.configs('implicit'))
      const polled = await pollUntil(consumers, 100, ['accepts'])
      expect(valuesOf(polled).toSorted()).toEqual(values.toSorted())
      await consumers.commit('accepts')
      await stage.group.waitFor({ caughtUp: true }, { timeoutMs: waitMs })
      await consumers.close('accepts')
    })

    test('get released records again, and neither accepted nor rejected ones', async () => {
      const stage = await startStage()
      const values = await stage.produce('orders', 100)
      const types: Record<string, AcknowledgeType> = {}
      for (const [index, value] of values.entries()) {
        if (index % 3 === 0) types[value] = 'release'
        if (index % 3 === 1) types[value] = 'reject'
      }
      await consumers.start('decides', ['orders'], stage.configs('explicit'))
      const polled = await pollUntil(consumers, 134, ['decides'], async (name, records) => {
        const ofFirst = records.filter(({ deliveryCount }) => deliveryCount === 1)
        const wanted = valuesOf(ofFirst).map((value) => [value, types[value] ?? 'accept'])
        expect(await consumers.acknowledge(name, Object.fromEntries(wanted))).toEqual([])
      })
      await stage.group.waitFor({ caughtUp: true }, { timeoutMs: waitMs })
      const times = (deliveryCount: number) =>
        valuesOf(polled.filter((record) => record.deliveryCount === deliveryCount)).toSorted()
      expect(times(1)).toEqual(values.toSorted())
      expect(times(2)).toEqual(values.filter((value) => types[value] === 'release').toSorted())
      expect(polled).toHaveLength(134)
      await consumers.close('decides')
    })

    test('share the records of a topic', async () => {
      const stage = await startStage()
      const names = ['one', 'two']
      for (const name of names) {
        await consumers.start(name, ['orders'], stage.configs('explicit'))
      }
      const got: Record<string, string[]> = { one: [], two: [] }
      const produced: string[] = []
      // A member that does not know the partitions of the other yet gets records of them too.
      while (Object.values(got).some((values) => values.length === 0)) {
        produced.push(...(await stage.produce('orders', 10, produced.length)))
        const left = produced.length - Object.values(got).flat().length
        await pollUntil(consumers, left, names, async (name, records) => {
          got[name]!.push(...valuesOf(records))
          expect(await consumers.acknowledge(name)).toEqual([])
        })
      }
      expect(Object.values(got).flat().toSorted()).toEqual(produced.toSorted())
      for (const name of names) await consumers.close(name)
    })

    test('go on after a restart of the broker, which keeps what is acknowledged', async () => {
      const stage = await startStage()
      const before = await stage.produce('orders', 20)
      await consumers.start('survives', ['orders'], stage.configs('explicit'))
      const accepted: string[] = []
      await pollUntil(consumers, 20, ['survives'], async (name, records) => {
        expect(await consumers.acknowledge(name)).toEqual([])
        accepted.push(...valuesOf(records))
      })
      expect(accepted.toSorted()).toEqual(before.toSorted())
      await stage.restart()
      const after = await stage.produce('orders', 20, 20)
      const polled = await pollUntil(consumers, 20, ['survives'], (name) =>
        consumers.acknowledge(name),
      )
      expect(valuesOf(polled).toSorted()).toEqual(after.toSorted())
      await consumers.close('survives')
    })

    test.skipIf(renewed === undefined)(
      `keep records whose locks they renew${renewed === undefined ? ' (skipped: it has no renewals)' : ''}`,
      async () => {
        const clock = new ManualClock()
        // The clock advances as usual; the test moves it further.
        const ticks = setInterval(() => void clock.advance(tickMs), tickMs)
        onTestFinished(() => clearInterval(ticks))
        // Members send heartbeats by their own clocks.
        const sessionTimeoutMs = 3_600_000
        const stage = await startStage({
          clock,
          config: {
            'group.share.max.session.timeout.ms': sessionTimeoutMs,
            'group.share.session.timeout.ms': sessionTimeoutMs,
          },
        })
        await stage.produce('orders', 1)
        await consumers.start('renews', ['orders'], stage.configs('explicit'))
        const polled = await pollUntil(consumers, 1, ['renews'])
        for (let round = 0; round < 3; round++) {
          expect(await consumers.acknowledge('renews', { 'orders-0': 'renew' })).toEqual([])
          await clock.advance(20_000)
          if (renewed === 'polled again') await pollUntil(consumers, 1, ['renews'])
        }
        expect(await consumers.acknowledge('renews')).toEqual([])
        await stage.group.waitFor({ caughtUp: true }, { timeoutMs: waitMs })
        expect(polled).toEqual([{ value: 'orders-0', deliveryCount: 1 }])
        await consumers.close('renews')
      },
    )

    test('get the records of a consumer that was killed', async () => {
      const stage = await startStage()
      const values = await stage.produce('orders', 100)
      const killed = start()
      onTestFinished(() => killed.kill())
      await killed.start('killed', ['orders'], stage.configs('explicit'))
      let polled: readonly AcquiredRecord[] = []
      while (polled.length === 0) polled = await killed.poll('killed')
      killed.kill()
      await consumers.start('heir', ['orders'], stage.configs('implicit'))
      expect(valuesOf(await pollUntil(consumers, 100, ['heir'])).toSorted()).toEqual(
        values.toSorted(),
      )
      await consumers.close('heir')
    })
  })
}

test.skipIf(python.missing !== undefined)(
  `${manyConsumers} share consumers of librdkafka share the records of a topic`,
  async () => {
    const stage = await startStage()
    const values = await stage.produce('orders', 200)
    const consumers = ShareConsumers.librdkafka(python)
    onTestFinished(() => consumers.kill())
    const names = Array.from({ length: manyConsumers }, (_, index) => `consumer-${index}`)
    for (const name of names) {
      await consumers.start(name, ['orders'], stage.configs('implicit'))
    }
    const polled = await pollUntil(consumers, 200, names, (name) => consumers.commit(name))
    expect(valuesOf(polled).toSorted()).toEqual(values.toSorted())
    for (const name of names) await consumers.close(name)
    await stage.group.waitFor({ members: 0, caughtUp: true }, { timeoutMs: waitMs })
  },
)
