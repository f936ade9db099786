import kafkajs from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
/** The version of the consumer protocol that kafkajs can encode. */
const VERSION = 0

/**
 * Kafka's range assignor for kafkajs, which has no assignor in common with other clients. It serves
 * groups whose members all subscribe to the same topics.
 */
export const rangeAssigner: kafkajs.PartitionAssigner = ({ cluster }) => ({
  name: 'range',
  version: VERSION,
  protocol: ({ topics }) => ({
    name: 'range',
    metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
  }),
  assign: async ({ members, topics }) => {
    const sorted = members.map(({ memberId }) => memberId).toSorted()
    return sorted.map((memberId, index) => {
      const assignment = Object.fromEntries(
        topics.map((topic) => {
          const count = cluster.findTopicPartitionMetadata(topic).length
          return [topic, rangeOf(count, sorted.length, index)]
        }),
      )
      const encoded = { version: VERSION, assignment, userData: Buffer.alloc(0) }
      return { memberId, memberAssignment: MemberAssignment.encode(encoded) }
    })
  },
})

/** Returns the partitions of one member. The first members get one more. */
function rangeOf(partitions: number, members: number, index: number): number[] {
  const [least, rest] = [Math.floor(partitions / members), partitions % members]
  const first = index * least + Math.min(index, rest)
  const count = least + (index < rest ? 1 : 0)
  return Array.from({ length: count }, (_, offset) => first + offset)
}
