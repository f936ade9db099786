import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  configuredCase,
  randomTopology,
} from '../coordinator/group/streams/topics/topology-case.ts'
import { recordTopologies } from '../coordinator/group/streams/topics/recorded-topologies.ts'
import { JavaDriver } from './support/java-driver.ts'
import { patienceMs } from './support/patience.ts'

const { kafka } = inject('tools')
/**
 * `TOPOLOGIES=50000` compares more, from seed `TOPOLOGIES_FIRST_SEED` on. `ODRADEK_RECORD=1`
 * records some for the tests that run without Java.
 */
const { TOPOLOGIES = '1000', TOPOLOGIES_FIRST_SEED = '0', ODRADEK_RECORD = '0' } = process.env
const RECORDED = 60

describe.skipIf(kafka.missing !== undefined)('A topology of a streams group', () => {
  let driver: JavaDriver

  beforeAll(() => {
    driver = new JavaDriver(kafka, 'TopologyDriver')
  })

  afterAll(() => driver?.close())

  test("is configured as by Kafka's InternalTopicManager", { timeout: patienceMs }, async () => {
    const cases = []
    for (let i = 0; i < Number(TOPOLOGIES); i++) {
      const seed = Number(TOPOLOGIES_FIRST_SEED) + i
      const input = randomTopology(seed)
      const expected = await driver.ask({ ...input })
      expect(configuredCase(input), `TOPOLOGIES_FIRST_SEED=${seed}`).toEqual(expected)
      if (cases.length < RECORDED) cases.push({ input, expected })
    }
    if (ODRADEK_RECORD === '1') recordTopologies(cases)
  })
})
