import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { perform } from '../broker/transaction-grid/perform.ts'
import { readRecording, writeRecording } from '../broker/transaction-grid/recording.ts'
import type { Suite } from '../broker/transaction-grid/scenario.ts'
import { suites } from '../broker/transaction-grid/suites.ts'
import { type RealStage, startRealStage } from './support/real-stage.ts'

const tool = inject('tools').kafka

/** Suites that share a broker. */
const groups = new Map<string, Suite[]>()
for (const suite of suites) {
  const { name, setting, isAlone = false } = suite
  const group = isAlone ? name : JSON.stringify(setting)
  groups.set(group, [...(groups.get(group) ?? []), suite])
}

describe.skipIf(tool.missing !== undefined)(
  `The recorded exchanges about transactions ${tool.missing ?? ''}`,
  () => {
    for (const [group, members] of groups) {
      describe(`broker of ${group}`, () => {
        let stage: RealStage | undefined
        beforeAll(async () => {
          stage = await startRealStage(tool, members[0]!.setting)
        })
        afterAll(() => stage?.close())

        for (const suite of members) {
          test(`${suite.name}: they are those of a real broker`, async () => {
            const transcripts = await perform(suite, stage!)
            if (process.env['ODRADEK_RECORD'] === '1') writeRecording(suite, transcripts)
            expect(transcripts).toEqual(readRecording(suite.name))
          })
        }
      })
    }
  },
)
