import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import {
  ApiVersions,
  InitProducerId,
  Produce,
  PushTelemetry,
} from '../../src/protocol/messages/index.ts'
import { allApis } from '../support/all-apis.ts'
import { sharedData } from '../support/shared-data.ts'

const path = sharedData('golden-apiversions-4.4.0.json')
const skipped = path === undefined ? ' (skipped: ../shared is not here)' : ''

test.skipIf(path === undefined)(`a 4.4 broker advertises these versions${skipped}`, () => {
  const { responseHex } = JSON.parse(readFileSync(path!, 'utf8')) as { responseHex: string }
  const frame = Buffer.from(responseHex, 'hex')
  const { apiKeys } = ApiVersions.response.decode(4, frame, 4)
  const advertised = allApis.flatMap(({ key, advertised: range }) =>
    range ? [{ apiKey: key, minVersion: range.min, maxVersion: range.max }] : [],
  )
  expect(advertised).toEqual(apiKeys)
})

test('Produce advertises versions it does not serve, for old librdkafka (KAFKA-18659)', () => {
  expect(Produce.advertised).toEqual({ min: 0, max: 13 })
  expect(Produce.current).toEqual({ min: 3, max: 13 })
})

test('InitProducerId does not advertise its unstable version (KIP-939)', () => {
  expect(InitProducerId.advertised?.max).toBe(5)
  expect(InitProducerId.versions.max).toBe(6)
})

test('telemetry is advertised only by brokers with a receiver for it', () => {
  expect(PushTelemetry.advertised).toBeUndefined()
})
