import { expect, test } from 'vitest'
import { systemTurn } from '../../../../src/platform/turn.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { TOPIC_ID } from '../support.ts'
import type { Harness } from '../support.ts'
import { ConsumerClient, consumerHarness, describe, describeMember } from './support.ts'

const U_ID = 'AAAAAAAAAAAAAAAAAAAAUQ'
const BOTH = [
  { topicId: TOPIC_ID, partitions: [0, 1] },
  { topicId: U_ID, partitions: [0] },
]

async function subscribed(regex: string): Promise<{ harness: Harness; a: ConsumerClient }> {
  const harness = consumerHarness()
  harness.addTopic('u', U_ID, 1)
  const a = new ConsumerClient(harness, 'a')
  a.join({ subscribedTopicNames: null, subscribedTopicRegex: regex })
  await systemTurn.next()
  return { harness, a }
}

test('the topics that match are assigned after they have been searched', async () => {
  const harness = consumerHarness()
  const a = new ConsumerClient(harness, 'a')
  const response = a.join({ subscribedTopicNames: null, subscribedTopicRegex: 't.*' })
  expect(response).toMatchObject({
    errorCode: ErrorCode.None,
    memberEpoch: 1,
    assignment: { topicPartitions: [] },
  })
  await systemTurn.next()
  expect(describe(harness)).toMatchObject({ groupState: 'Assigning', groupEpoch: 2 })
  expect(a.heartbeat()).toMatchObject({
    memberEpoch: 2,
    assignment: { topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 1] }] },
  })
  expect(describeMember(harness, 'a')).toMatchObject({
    subscribedTopicNames: [],
    subscribedTopicRegex: 't.*',
  })
})

test('an expression has the syntax of RE2, and must match the whole name', async () => {
  const { a } = await subscribed('(?i)[[:alpha:]]')
  a.heartbeat()
  expect(new Set(Object.keys(a.owned))).toEqual(new Set([TOPIC_ID, U_ID]))
})

test.each([
  ['[', 'missing closing ]'],
  [')', 'regexp/syntax: internal error'],
])('the invalid expression %s is refused', (subscribedTopicRegex, reason) => {
  const a = new ConsumerClient(consumerHarness(), 'a')
  expect(a.join({ subscribedTopicRegex })).toMatchObject({
    errorCode: ErrorCode.InvalidRegularExpression,
    errorMessage: `SubscribedTopicRegex \`${subscribedTopicRegex}\` is not a valid regular expression: ${reason}.`,
  })
})

test('a new topic is found with the next heartbeat after 10 seconds', async () => {
  const { harness, a } = await subscribed('.')
  a.heartbeat()
  harness.createTopic('v', 'AAAAAAAAAAAAAAAAAAAAVQ', 1)
  await harness.clock.advance(10_000)
  a.heartbeat()
  await systemTurn.next()
  expect(a.heartbeat()).toMatchObject({ memberEpoch: 2 })
  await harness.clock.advance(1)
  a.heartbeat()
  await systemTurn.next()
  expect(a.heartbeat()).toMatchObject({ memberEpoch: 3 })
  expect(Object.keys(a.owned)).toHaveLength(3)
})

test('a topic that is deleted is no longer assigned', async () => {
  const { harness, a } = await subscribed('.')
  a.heartbeat()
  harness.deleteTopic('u')
  a.heartbeat()
  expect(Object.keys(a.owned)).toEqual([TOPIC_ID])
})

test('a second member with the same expression does not search again', async () => {
  const { harness, a } = await subscribed('.')
  a.heartbeat()
  const b = new ConsumerClient(harness, 'b')
  b.join({ subscribedTopicNames: null, subscribedTopicRegex: '.' })
  expect(describe(harness)).toMatchObject({ groupState: 'Reconciling', groupEpoch: 3 })
})

test('names and an expression are combined', async () => {
  const harness = consumerHarness()
  harness.addTopic('u', U_ID, 1)
  const a = new ConsumerClient(harness, 'a')
  a.join({ subscribedTopicRegex: 'u' })
  expect(a.owned).toEqual({ [TOPIC_ID]: [0, 1] })
  await systemTurn.next()
  expect(a.heartbeat().assignment!.topicPartitions).toEqual(BOTH)
})

test('a member that gives up its expression gives up its topics', async () => {
  const { a } = await subscribed('.')
  a.heartbeat()
  expect(a.heartbeat({ subscribedTopicNames: ['u'], subscribedTopicRegex: '' }).assignment).toEqual(
    { topicPartitions: [{ topicId: U_ID, partitions: [0] }] },
  )
  expect(a.acknowledge()).toMatchObject({ memberEpoch: 3 })
})

test('the last member with an expression takes it away', async () => {
  const { harness, a } = await subscribed('.')
  a.heartbeat()
  const b = new ConsumerClient(harness, 'b')
  b.join({ subscribedTopicNames: ['t'] })
  a.leave()
  harness.restart()
  expect(b.heartbeat()).toMatchObject({ errorCode: ErrorCode.None, memberEpoch: 4 })
  expect(b.owned).toEqual({ [TOPIC_ID]: [0, 1] })
})

test('a member whose topics are not known yet gets none from the others', async () => {
  const harness = consumerHarness()
  harness.addTopic('u', U_ID, 1)
  const target = () =>
    describeMember(harness, 'a')?.targetAssignment.topicPartitions.map((each) => each.partitions)
  const a = new ConsumerClient(harness, 'a')
  a.join()
  const b = new ConsumerClient(harness, 'b')
  b.join({ subscribedTopicNames: null, subscribedTopicRegex: 't|u' })
  await systemTurn.next()
  b.heartbeat()
  expect(target()).toEqual([[0, 1]])
  b.leave()
  b.join({ subscribedTopicNames: null, subscribedTopicRegex: 't' })
  expect(target()).toEqual([[0, 1]])
})
