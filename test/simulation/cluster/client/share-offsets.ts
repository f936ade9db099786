import { ConfigResourceType } from '../../../../src/protocol/config-resource.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { IncrementalAlterConfigs } from '../../../../src/protocol/messages/44-incremental-alter-configs.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { Client } from './client.ts'
import { fetchOnce } from './fetcher.ts'

const SET = 0
const MAX_ATTEMPTS = 200

/**
 * Sets the configs of a share group, which are the same in a whole history. It starts at the first
 * records of its topics.
 */
export async function configureShareGroup(client: Client, group: string): Promise<void> {
  const { isReadCommitted, canRenew } = client.world.settings.sharing
  const configs = [
    ['share.auto.offset.reset', 'earliest'],
    ['share.isolation.level', isReadCommitted ? 'read_committed' : 'read_uncommitted'],
    ['share.renew.acknowledge.enable', String(canRenew)],
  ].map(([name, value]) => ({ name: name!, configOperation: SET, value: value! }))
  const resource = { resourceType: ConfigResourceType.Group, resourceName: group }
  const resources = [{ ...resource, configs }]
  for (;;) {
    const { response } = await client.ask(client.anyPort, IncrementalAlterConfigs, 1, {
      resources,
      validateOnly: false,
    })
    if (response.responses[0]!.errorCode === ErrorCode.None) return
    await client.backOff()
  }
}

/** Returns the offsets of the records of a partition that share groups must deliver. */
export async function offsetsOf(
  client: Client,
  topic: TopicModel,
  partition: number,
): Promise<number[]> {
  const isolationLevel = client.world.settings.sharing.isReadCommitted ? 1 : 0
  const options = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel }
  const offsets: number[] = []
  let offset = 0
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const fetched = await fetchOnce(client, topic, partition, offset, options)
    if (fetched === 'gone') return []
    if (fetched === 'outOfRange') offset++
    else if (fetched === 'again') await client.backOff()
    else {
      const records = fetched.entries.filter(({ ending, isAborted }) => !ending && !isAborted)
      offsets.push(...records.map((each) => each.offset))
      offset = fetched.nextOffset
      // A power failure may leave a gap before the end.
      if (fetched.entries.length === 0 || offset >= fetched.highWatermark) return offsets
    }
  }
  return offsets
}
