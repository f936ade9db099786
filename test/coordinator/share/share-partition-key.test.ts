import { expect, test } from 'vitest'
import {
  coordinatorKey,
  parseCoordinatorKey,
} from '../../../src/coordinator/share/share-partition-key.ts'
import { TOPIC_ID } from './support.ts'

test.each([
  [`group:${TOPIC_ID}:0`, 'group', 0],
  [`a:b::c:${TOPIC_ID}:12`, 'a:b::c', 12],
  [`group:${TOPIC_ID}==:+3`, 'group', 3],
  [`group:${TOPIC_ID}:-1:::`, 'group', -1],
])('%s is the key of a share partition', (text, groupId, partition) => {
  const key = parseCoordinatorKey(text)!
  expect(key).toEqual({ groupId, topicId: TOPIC_ID, partition })
  expect(coordinatorKey(key)).toBe(`${groupId}:${TOPIC_ID}:${partition}`)
})

test.each([
  '',
  'group',
  `group:${TOPIC_ID}`,
  `:${TOPIC_ID}:0`,
  ` :${TOPIC_ID}:0`,
  'group:short:0',
  `group:${TOPIC_ID}AA:0`,
  `group:${TOPIC_ID}:x`,
  `group:${TOPIC_ID}:2147483648`,
])('%j is refused', (text) => {
  expect(parseCoordinatorKey(text)).toBeUndefined()
})
