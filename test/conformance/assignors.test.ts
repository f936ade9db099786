import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { comparedAssignors } from '../coordinator/group/assignors/assignors.ts'
import { recordCases, type RecordedCase } from '../coordinator/group/assignors/recorded-cases.ts'
import { JavaDriver } from './support/java-driver.ts'
import { patienceMs } from './support/patience.ts'

const { kafka } = inject('tools')
/**
 * `ASSIGNORS_HISTORIES=5000` runs more histories, from seed `ASSIGNORS_FIRST_SEED` on.
 * `ODRADEK_RECORD=1` records small groups for the tests that run without Java.
 */
const {
  ASSIGNORS_HISTORIES = '100',
  ASSIGNORS_FIRST_SEED = '0',
  ODRADEK_RECORD = '0',
} = process.env
const ASSIGNMENTS = 12
const RECORDED = 60
const LONGEST_RECORDED = 3000

describe.skipIf(kafka.missing !== undefined)(
  "An assignor gives each member the same partitions as Kafka's class",
  { timeout: patienceMs },
  () => {
    let driver: JavaDriver

    beforeAll(() => {
      driver = new JavaDriver(kafka, 'AssignorDriver')
    })

    afterAll(() => driver?.close())

    test.each(Object.keys(comparedAssignors))('%s, in random groups', async (assignor) => {
      const cases: RecordedCase[] = []
      for (let i = 0; i < Number(ASSIGNORS_HISTORIES); i++) {
        const seed = Number(ASSIGNORS_FIRST_SEED) + i
        cases.push(...(await compareHistory(driver, assignor, seed)))
      }
      if (ODRADEK_RECORD === '1') recordCases(assignor, somePer(cases))
    })
  },
)

async function compareHistory(
  driver: JavaDriver,
  assignor: string,
  seed: number,
): Promise<RecordedCase[]> {
  const { startHistory, assign } = comparedAssignors[assignor]!
  const cases: RecordedCase[] = []
  const history = startHistory(seed)
  for (let i = 0; i < ASSIGNMENTS; i++) {
    const group = history.next()
    const { error, target } = await driver.ask({ assignor, group })
    expect(error).toBeUndefined()
    expect(assign(group), `ASSIGNORS_FIRST_SEED=${seed}, assignment ${i}`).toEqual(target)
    cases.push({ group, target })
    history.adopt(target)
  }
  return cases
}

/** Returns short cases of all histories. */
function somePer(cases: readonly RecordedCase[]): RecordedCase[] {
  const short = cases.filter((each) => JSON.stringify(each).length < LONGEST_RECORDED)
  const every = Math.max(1, Math.floor(short.length / RECORDED))
  return short.filter((_, i) => i % every === 0).slice(0, RECORDED)
}
