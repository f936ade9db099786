import { StreamsMember } from '../client/streams-member.ts'
import { MAX_TOPOLOGY_EPOCH, STREAMED_TOPIC } from '../client/streams-topology.ts'
import { createNamed } from './admin-steps.ts'
import type { People } from './people.ts'
import type { StepContext } from './steps.ts'

/** The streams group (KIP-1071). */
export const STREAMS_GROUP = 'k0'

const MAX_STREAMING = 5

/** Starts a member of the streams group. Static members have a process of their own. */
export async function joinStreamsGroup(context: StepContext): Promise<void> {
  const { people, dice } = context
  if (streaming(people).length >= MAX_STREAMING) return
  if (dice.chance(0.9)) await createNamed(context, STREAMED_TOPIC)
  const client = people.newClient('streamer', dice)
  const instanceId = dice.chance(0.25) ? dice.pick(['i0', 'i1']) : null
  const options = {
    group: STREAMS_GROUP,
    instanceId,
    processId: instanceId === null ? dice.pick(['p0', 'p1', 'p2']) : newProcess(client.name),
    hasEndpoint: dice.chance(0.3),
    topologyEpoch: dice.chance(0.1) ? MAX_TOPOLOGY_EPOCH : 0,
  }
  people.launch(new StreamsMember(client, options))
}

/** Moves a member of the streams group to another process, or shuts the application down. */
export function changeStreams({ people, dice, world }: StepContext): void {
  const members = streaming(people)
  if (members.length === 0) return
  const member = dice.pick(members)
  if (dice.chance(0.2)) member.shutDown()
  else member.move(newProcess(`${member.name}-${world.time.count}`))
}

function streaming(people: People): StreamsMember[] {
  return people.living().filter((member) => member instanceof StreamsMember)
}

function newProcess(owner: string): string {
  return `process-of-${owner}`
}
