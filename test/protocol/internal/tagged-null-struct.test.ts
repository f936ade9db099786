import { expect, test } from 'vitest'
import { ConsumerGroupMemberMetadataRecord } from '../../../src/protocol/internal/consumer-group-records.ts'
import { message, string, struct } from '../../../src/protocol/schema/index.ts'

/** A member of a consumer group, written by a 4.4.0 broker. */
const member =
  '0000000011636f6e736f6c652d636f6e73756d65720b2f3132372e302e302e31020673616c657301000493e00001000100'

test('a tagged struct that Kafka wrote as null is read as null', () => {
  const value = ConsumerGroupMemberMetadataRecord.decodeValue(Buffer.from(member, 'hex'))
  expect(value).toMatchObject({ clientId: 'console-consumer', classicMemberMetadata: null })
})

test('a tagged struct is written as null as Kafka does', () => {
  const schema = message(
    'Tagged',
    { versions: [0, 0], flexible: 0 },
    { one: struct({ name: string }).nullable().tag(0) },
  )
  const bytes = schema.encode(0, { one: null })
  expect(Buffer.from(bytes).toString('hex')).toBe('01000100')
  expect(schema.decode(0, bytes)).toEqual({ one: null })
})
