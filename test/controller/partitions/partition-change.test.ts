import { expect, test } from 'vitest'
import { plannedChange, recordedChanges } from './partition-change-case.ts'

test("a change of a partition has the consequences of Kafka's PartitionChangeBuilder", () => {
  for (const { input, expected } of recordedChanges()) {
    expect(plannedChange(input), JSON.stringify(input)).toEqual(expected)
  }
})
