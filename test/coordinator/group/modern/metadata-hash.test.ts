import { expect, test } from 'vitest'
import type { BrokerRegistration, TopicImage } from '../../../../src/controller/metadata-image.ts'
import {
  MetadataHashes,
  topicHash,
} from '../../../../src/coordinator/group/modern/metadata-hash.ts'
import { topicImage } from '../support.ts'

const ID = Buffer.from('0123456789abcdeffffffffffffffffe', 'hex').toString('base64url')

/** A broker with a rack for each id. */
function brokersWith(racks: Record<number, string>): ReadonlyMap<number, BrokerRegistration> {
  return new Map(
    Object.entries(racks).map(([id, rack]) => [
      Number(id),
      { id: Number(id), rack } as unknown as BrokerRegistration,
    ]),
  )
}

test('a topic has the hash that hash4j computes for it, with racks and other characters', () => {
  const topic = topicImage('töpic-1', ID, 2)
  const replicas = [[1], [2]]
  const partitions = topic.partitions.map((each, i) => ({ ...each, replicas: replicas[i]! }))
  const brokers = brokersWith({ 1: 'r0', 2: 'r1' })
  expect(topicHash({ ...topic, partitions }, { brokers })).toBe(4957951367702470245n)
})

test('a group has the hash that a 4.4.0 broker wrote', () => {
  const topics = new Map([['t', topicImage('t', 'nnld1YwKT0ex1ByOVuduXQ', 4)]])
  const hashes = new MetadataHashes({ topics, brokers: new Map() })
  expect(hashes.groupHash(['missing', 't'])).toBe(-1501860776393272988n)
  expect(hashes.groupHash(['missing'])).toBe(0n)
})

test('the hash of a group does not depend on the order of its topics', () => {
  const image = (name: string): [string, TopicImage] => [name, topicImage(name, ID, 1)]
  const topics = new Map(['a', 'b', 'c'].map(image))
  const hashes = new MetadataHashes({ topics, brokers: new Map() })
  const hash = hashes.groupHash(['a', 'b', 'c'])
  expect(hashes.groupHash(['c', 'a', 'b'])).toBe(hash)
  topics.set('b', topicImage('b', ID, 2))
  expect(hashes.groupHash(['c', 'a', 'b'])).not.toBe(hash)
})
