import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  plannedChange,
  randomChange,
  recordChanges,
} from '../controller/partitions/partition-change-case.ts'
import { JavaDriver } from './support/java-driver.ts'

const { kafka } = inject('tools')
/**
 * `PARTITION_CHANGES=50000` compares more, from seed `PARTITION_CHANGES_FIRST_SEED` on.
 * `ODRADEK_RECORD=1` records some for the tests that run without Java.
 */
const {
  PARTITION_CHANGES = '3000',
  PARTITION_CHANGES_FIRST_SEED = '0',
  ODRADEK_RECORD = '0',
} = process.env
const RECORDED = 100

describe.skipIf(kafka.missing !== undefined)('A change of a partition', () => {
  let driver: JavaDriver

  beforeAll(() => {
    driver = new JavaDriver(kafka, 'PartitionChangeDriver')
  })

  afterAll(() => driver?.close())

  test("is planned as by Kafka's PartitionChangeBuilder", { timeout: 600_000 }, async () => {
    const cases = []
    for (let i = 0; i < Number(PARTITION_CHANGES); i++) {
      const seed = Number(PARTITION_CHANGES_FIRST_SEED) + i
      const input = randomChange(seed)
      const expected = await driver.ask({ ...input })
      expect(plannedChange(input), `PARTITION_CHANGES_FIRST_SEED=${seed}`).toEqual(expected)
      if (cases.length < RECORDED) cases.push({ input, expected })
    }
    if (ODRADEK_RECORD === '1') recordChanges(cases)
  })
})
