import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExchangeScene } from '../../broker/grid/exchange-scene.ts'
import { perform } from '../../broker/grid/perform.ts'
import { readRecording, writeRecording } from '../../broker/grid/recording.ts'
import type { Grid, Suite } from '../../broker/grid/scenario.ts'
import type { Tools } from '../setup/tools.ts'
import { isPartOfDay, ofAnotherDay } from './part-of-day.ts'
import { type RealStage, startRealStage } from './real-stage.ts'

/**
 * Kafka reads some states, such as the list of groups, as they were at its last commit, a few
 * milliseconds ago. So a real broker on a busy machine does not always repeat its answers.
 */
const RETRIES = 4

/** Most scenarios wait for a real broker, so a run asks only for the part of a day. */
const PARTS = 3

/**
 * Defines a test for each suite, which compares its recording with a real broker. With
 * `ODRADEK_RECORD=1` it writes the recording first, of all suites.
 */
export function compareWithRealBroker<S extends ExchangeScene>(
  grid: Grid<S>,
  title: string,
  tool: Tools['kafka'],
): void {
  const isRecording = process.env['ODRADEK_RECORD'] === '1'
  describe.skipIf(tool.missing !== undefined)(`${title} ${tool.missing ?? ''}`, () => {
    for (const [index, [name, members]] of [...suitesByBroker(grid)].entries()) {
      const isToday = isRecording || isPartOfDay(index, PARTS)
      const reason = isToday ? '' : ` (skipped: ${ofAnotherDay})`
      describe.skipIf(!isToday)(`broker of ${name}${reason}`, () => {
        let stage: RealStage | undefined
        const attempted = new Set<Suite<S>>()
        const start = async (): Promise<void> => {
          stage = await startRealStage(tool, { ...grid.config, ...members[0]!.setting.config })
        }
        beforeAll(start)
        afterAll(() => stage?.close())

        for (const suite of members) {
          const name = `${suite.name}: they are those of a real broker`
          test(name, { retry: RETRIES }, async () => {
            if (attempted.has(suite)) {
              await stage?.close()
              await start()
            }
            attempted.add(suite)
            const transcripts = await perform(grid, suite, stage!)
            if (isRecording) writeRecording(grid.recorded, suite, transcripts)
            expect(transcripts).toEqual(readRecording(grid.recorded, suite.name))
          })
        }
      })
    }
  })
}

function suitesByBroker<S extends ExchangeScene>({ suites }: Grid<S>): Map<string, Suite<S>[]> {
  const groups = new Map<string, Suite<S>[]>()
  for (const suite of suites) {
    const { name, setting, isAlone = false } = suite
    const group = isAlone ? name : JSON.stringify(setting)
    groups.set(group, [...(groups.get(group) ?? []), suite])
  }
  return groups
}
