import {
  DescribeShareGroupOffsets,
  ShareAcknowledge,
  ShareFetch,
} from '../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import type { GroupScene } from './group-scene.ts'
import { produce, shareUntilAssigned } from './requests.ts'

export const ACCEPT = 1
export const RELEASE = 2
export const REJECT = 3
export const RENEW = 4
export const GAP = 0
/** The member ids of share sessions are UUIDs, at most 36 characters long. */
const MEMBER = 'a'

type FetchRequest = RequestInput<typeof ShareFetch>
export type Batches = readonly (readonly [number, number, ...number[]])[]

interface Options extends Partial<Omit<FetchRequest, 'topics'>> {
  readonly topic?: string
  readonly partition?: number
  readonly acks?: Batches
  /** Whether the request names no topics. */
  readonly isBare?: boolean
}

const batchesOf = (batches: Batches) =>
  batches.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
    firstOffset,
    lastOffset,
    acknowledgeTypes,
  }))

export function fetching(scene: GroupScene, options: Options = {}): FetchRequest {
  const { topic = 't', partition = 0, acks = [], isBare = false, ...fields } = options
  const acknowledgementBatches = batchesOf(acks)
  const partitions = [{ partitionIndex: partition, partitionMaxBytes: 0, acknowledgementBatches }]
  return {
    groupId: 'g',
    memberId: MEMBER,
    shareSessionEpoch: 0,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    maxRecords: 500,
    batchSize: 500,
    topics: isBare ? [] : [{ topicId: scene.topicId(topic), partitions }],
    forgottenTopicsData: [],
    ...fields,
  }
}

export const describeOffsets = (scene: GroupScene, groupId = 'g') =>
  scene.call(DescribeShareGroupOffsets, 1, { groups: [{ groupId, topics: null }] })

/** Resolves when group `g` shares a topic: its coordinator first initializes the share state. */
export async function isInitialized(scene: GroupScene): Promise<void> {
  const request = { groups: [{ groupId: 'g', topics: null }] }
  for (;;) {
    const response = await scene.send(DescribeShareGroupOffsets, 1, request)
    if (response!.groups[0]!.topics.length > 0) return
    await scene.stage.pass(20)
  }
}

export const fetch = (scene: GroupScene, options: Options = {}, version = 2) =>
  scene.call(ShareFetch, version, fetching(scene, options))

/**
 * Fetches records. A new session repeats this until there are some, because a broker first loads
 * the state of the partition.
 */
export async function fetchRecords(
  scene: GroupScene,
  options: Options = {},
  version = 2,
): Promise<void> {
  if (options.shareSessionEpoch !== undefined) {
    // Until the share coordinator has stored the last change. Nothing else shows that it has.
    await scene.stage.pass(200)
    await fetch(scene, options, version)
    return
  }
  await scene.callUntil(
    ShareFetch,
    version,
    fetching(scene, options),
    ({ responses, errorCode }) =>
      errorCode !== 0 || (responses[0]?.partitions[0]?.acquiredRecords.length ?? 0) > 0,
  )
}

interface AckOptions {
  readonly shareSessionEpoch?: number
  readonly memberId?: string | null
  readonly groupId?: string | null
  readonly topic?: string
  readonly partition?: number
  readonly isRenewAck?: boolean
  readonly isBare?: boolean
}

export function acknowledge(
  scene: GroupScene,
  acks: Batches,
  options: AckOptions = {},
  version = 2,
) {
  const { topic = 't', partition = 0, isBare = false, ...fields } = options
  const partitions = [{ partitionIndex: partition, acknowledgementBatches: batchesOf(acks) }]
  return scene.call(ShareAcknowledge, version, {
    groupId: 'g',
    memberId: MEMBER,
    shareSessionEpoch: 1,
    topics: isBare ? [] : [{ topicId: scene.topicId(topic), partitions }],
    ...fields,
  })
}

/** A member of group `g`, which reads topic `t` from its start. */
export async function member(
  scene: GroupScene,
  ...batches: readonly (readonly string[])[]
): Promise<void> {
  await scene.createTopic('t')
  await scene.setGroupConfigs('g', { 'share.auto.offset.reset': 'earliest' })
  await shareUntilAssigned(scene)
  await produce(scene, 't', ...batches)
}
