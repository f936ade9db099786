import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ApiVersions, UpdateFeatures } from '../../../src/protocol/messages/index.ts'
import type { RequestInput, ResponseBody } from '../../../src/protocol/schema/index.ts'
import { temporaryRoot } from '../../cluster/support/temporary-root.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { Caller } from '../support.ts'
import { readJsonLines } from '../../support/json-lines.ts'

const Type = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 }

/** The answers of a real 4.4 broker, in this order, from the levels of a new cluster on. */
const recording = new URL('../../controller/golden/features-4.4.0.jsonl', import.meta.url)

interface Exchange {
  readonly version: number
  readonly request: RequestInput<typeof UpdateFeatures>
  readonly response: ResponseBody<typeof UpdateFeatures>
}

function update(
  caller: Caller,
  levels: Readonly<Record<string, number>>,
  { type = Type.upgrade, version = 2, validateOnly = false } = {},
) {
  const featureUpdates = Object.entries(levels).map(([feature, maxVersionLevel]) => ({
    feature,
    maxVersionLevel,
    allowDowngrade: false,
    upgradeType: type,
  }))
  return caller.call(UpdateFeatures, version, { featureUpdates, validateOnly })
}

/** The finalized levels and their epoch. */
async function finalized(caller: Caller) {
  const request = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
  const answer = await caller.call(ApiVersions, 4, request)
  const { finalizedFeatures, finalizedFeaturesEpoch: epoch } = answer
  const levels = Object.fromEntries(
    finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
  )
  return { levels, epoch }
}

describe('UpdateFeatures', () => {
  test('answers as a 4.4 broker, in every version, whatever the changes are', async () => {
    const cluster = await startTestCluster()
    for (const exchange of readJsonLines<Exchange>(recording)) {
      const { version, request, response } = exchange
      const { throttleTimeMs: _, ...answer } = await cluster.call(UpdateFeatures, version, request)
      expect(answer, JSON.stringify(exchange)).toEqual(response)
    }
  })

  test('changes transaction.version in both directions, at once for all brokers', async () => {
    const cluster = await startTestCluster({ brokers: 2 })
    const other = await cluster.connect(2)
    for (const [level, type] of [
      [1, Type.safeDowngrade],
      [0, Type.unsafeDowngrade],
      [2, Type.upgrade],
    ] as const) {
      const before = await finalized(cluster)
      const { errorCode } = await update(cluster, { 'transaction.version': level }, { type })
      expect(errorCode).toBe(ErrorCode.None)
      const after = await finalized(cluster)
      expect(after.levels['transaction.version']).toBe(level === 0 ? undefined : level)
      expect(after.epoch).toBeGreaterThan(before.epoch)
      expect(await finalized(other)).toEqual(after)
    }
  })

  test('changes nothing if one of the changes is refused, or with validateOnly', async () => {
    const cluster = await startTestCluster()
    const before = await finalized(cluster)
    const levels = { 'group.version': 0, nope: 1 }
    const refused = await update(cluster, levels, { type: Type.safeDowngrade })
    expect(refused.errorCode).toBe(ErrorCode.InvalidUpdateVersion)
    const options = { type: Type.safeDowngrade, validateOnly: true }
    const validated = await update(cluster, { 'group.version': 0 }, options)
    expect(validated.errorCode).toBe(ErrorCode.None)
    expect(await finalized(cluster)).toEqual(before)
  })

  test('keeps the levels over a restart, whatever levels a new cluster would have', async () => {
    const dataDir = temporaryRoot()
    const first = await startTestCluster({ dataDir, features: { 'share.version': 0 } })
    expect((await finalized(first)).levels).not.toHaveProperty('share.version')
    await update(first, { 'transaction.version': 1 }, { type: Type.safeDowngrade })
    const { levels: before } = await finalized(first)
    await first.cluster.close()
    const features = { 'share.version': 1, 'transaction.version': 2 }
    const second = await startTestCluster({ dataDir, features })
    const { levels: after } = await finalized(second)
    expect(after).toEqual(before)
    expect(after).toMatchObject({ 'transaction.version': 1, 'metadata.version': 33 })
    expect(after).not.toHaveProperty('share.version')
  })

  test('refuses kraft.version 1, because the voters of the quorum are fixed', async () => {
    const cluster = await startTestCluster()
    expect((await update(cluster, { 'kraft.version': 0 })).errorCode).toBe(ErrorCode.None)
    const { errorCode, errorMessage } = await update(cluster, { 'kraft.version': 1 })
    expect(errorCode).toBe(ErrorCode.InvalidUpdateVersion)
    expect(errorMessage).toContain('The voters of the quorum cannot change')
  })
})
