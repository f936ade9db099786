import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { immediate } from '../memory-internal-topic.ts'
import { FakeConnection, Harness } from './support.ts'
import {
  type Answers,
  FETCH_VERSION,
  PARTITIONS,
  TOPIC,
  answerOf,
  answersUrl,
  requestOf,
  segmentUrl,
} from './transactional-offsets/scenario.ts'

const answers = JSON.parse(readFileSync(answersUrl, 'utf8')) as Answers

/** A coordinator that has loaded the segment that a real broker wrote. */
function loaded(): Harness {
  const harness = new Harness()
  harness.addTopic(TOPIC, TOPIC_ID, PARTITIONS.length)
  harness.log.partitionCount = 1
  harness.log.add(0, readFileSync(segmentUrl))
  harness.restart()
  return harness
}

/** No id that is in the segment: requests name the topic by its name. */
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

describe('offsets that a 4.4 broker wrote in transactions, some committed, aborted and open', () => {
  const harness = loaded()

  test.each(answers.offsets)(
    'are loaded as that broker loaded them: group $groupId, $partitions partitions, requireStable $requireStable',
    ({ answer, ...question }) => {
      const groups = requestOf(question).groups.map((group) => ({
        memberId: null,
        memberEpoch: -1,
        ...group,
      }))
      const response = immediate(
        harness.coordinator.offsets.offsetFetch(
          { groupId: '', topics: null, groups, requireStable: question.requireStable },
          { apiVersion: FETCH_VERSION, clientId: 'test', connection: new FakeConnection() },
        ),
      )
      expect(answerOf(response as Parameters<typeof answerOf>[0])).toEqual(answer)
    },
  )

  test('leave the groups that the broker listed', () => {
    const request = { statesFilter: [], typesFilter: [] }
    const { groups } = immediate(harness.coordinator.admin.listGroups(request))
    const listed = groups.map((group) => [group.groupId, group.groupState, group.protocolType])
    expect(listed.toSorted(([a], [b]) => (a! < b! ? -1 : 1))).toEqual(answers.groups)
  })
})
