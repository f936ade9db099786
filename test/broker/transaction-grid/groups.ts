import { JoinGroup, SyncGroup } from '../../../src/protocol/messages/index.ts'
import type { Scene } from './scene.ts'

/** Makes a static member that is alone in its classic group, in generation 1. Returns its id. */
export async function joinGroup(
  scene: Scene,
  groupId: string,
  groupInstanceId: string,
): Promise<string> {
  const joined = await scene.send(JoinGroup, 7, {
    groupId,
    groupInstanceId,
    memberId: '',
    protocolType: 'consumer',
    sessionTimeoutMs: 60_000,
    rebalanceTimeoutMs: 60_000,
    protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
  })
  const { memberId, generationId } = joined!
  await scene.send(SyncGroup, 5, {
    groupId,
    groupInstanceId,
    memberId,
    generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })
  return memberId
}
