import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { AlterShareGroupOffsets } from '../../../../src/protocol/messages/91-alter-share-group-offsets.ts'
import { DeleteShareGroupOffsets } from '../../../../src/protocol/messages/92-delete-share-group-offsets.ts'
import { orLost } from '../client/client.ts'
import { configureShareGroup } from '../client/share-offsets.ts'
import { ShareMember } from '../client/share-member.ts'
import { sharePartitionKey } from '../model/shares-model.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { SHARE_STATE_MS } from '../settings.ts'
import type { StepContext } from './steps.ts'

/** The share groups (KIP-932), and their topics, which are never compacted. */
export const shareGroups: readonly string[] = ['h0', 'h1']
export const sharedTopics: readonly string[] = ['t0', 't1']

const MAX_SHARING = 3

/** Starts a member of a share group. */
export async function joinShareGroup(
  { people, dice }: StepContext,
  group = dice.pick([...shareGroups, shareGroups[0]!]),
): Promise<void> {
  const sharing = people.living().filter((member) => member.group === group)
  if (sharing.length >= MAX_SHARING) return
  const client = people.newClient('sharer', dice)
  await configureShareGroup(client, group)
  people.launch(new ShareMember(client, group, sharedTopics))
}

/** Changes the start offsets of a share group in a topic, unless it has members. */
export async function alterShareOffsets(context: StepContext): Promise<void> {
  const target = await anyTarget(context)
  if (target === undefined) return
  const { group, topic } = target
  const partitions = topic.partitions.map(({ endOffset }, partitionIndex) => ({
    partitionIndex,
    startOffset: context.dice.int(endOffset + 1),
  }))
  const reset = new Reset(context, target, (index) => partitions[index]!.startOffset)
  const client = context.people.newClient('admin', context.dice)
  const response = await orLost(
    client.call(
      await client.coordinatorPort(group),
      AlterShareGroupOffsets,
      0,
      { groupId: group, topics: [{ topicName: topic.name, partitions }] },
      { parkedMs: SHARE_STATE_MS },
    ),
  )
  if (response !== undefined) {
    const { errorCode, responses } = response
    const altered = responses.find(({ topicId }) => topicId === topic.id)
    reset.end(errorCode, altered?.partitions ?? [])
  }
  client.close()
}

/** Deletes the start offsets of a share group in a topic, unless it has members. */
export async function deleteShareOffsets(context: StepContext): Promise<void> {
  const target = await anyTarget(context)
  if (target === undefined) return
  const { group, topic } = target
  const reset = new Reset(context, target, () => undefined)
  const client = context.people.newClient('admin', context.dice)
  const response = await orLost(
    client.call(
      await client.coordinatorPort(group),
      DeleteShareGroupOffsets,
      0,
      { groupId: group, topics: [{ topicName: topic.name }] },
      { parkedMs: SHARE_STATE_MS },
    ),
  )
  if (response !== undefined) {
    const deleted = response.responses.find(({ topicId }) => topicId === topic.id)
    const partitions =
      deleted === undefined
        ? []
        : [...topic.partitions.keys()].map((partitionIndex) => ({ partitionIndex, ...deleted }))
    reset.end(response.errorCode, partitions)
  }
  client.close()
}

/** Mostly ends the members of the group, so that its start offsets can change. */
async function maybeEndMembers({ people, dice }: StepContext, group: string): Promise<void> {
  if (dice.chance(0.3)) return
  const members = people.living().filter((member) => member.group === group)
  for (const member of members) member.end('leaves')
  await Promise.all(members.map(({ ended }) => ended))
}

interface Target {
  readonly group: string
  readonly topic: TopicModel
}

/**
 * Returns a group, mostly without members, and a topic. Returns undefined if another reset is under
 * way or has no known result.
 */
async function anyTarget(context: StepContext): Promise<Target | undefined> {
  const { world, dice } = context
  const group = dice.pick(shareGroups)
  await maybeEndMembers(context, group)
  const { topics, shares } = world.model
  const known = [...topics.topics.values()].filter(
    ({ name, deletionStartedAtMs }) =>
      deletionStartedAtMs === undefined && sharedTopics.includes(name),
  )
  if (known.length === 0) return undefined
  const target = { group, topic: dice.pick(known) }
  const isBusy = keysOf(target).some((key) => shares.mayBeReset(key))
  return isBusy ? undefined : target
}

function keysOf({ group, topic }: Target): string[] {
  return [...topic.partitions.keys()].map((index) => sharePartitionKey(group, topic.id, index))
}

/** A request that changes the start offsets of a share group in a topic. */
class Reset {
  readonly #context: StepContext
  readonly #keys: readonly string[]
  readonly #sentAtMs: number
  readonly #startOf: (partition: number) => number | undefined

  /** @param startOf returns the start offset of a partition; undefined: it is deleted */
  constructor(
    context: StepContext,
    target: Target,
    startOf: (partition: number) => number | undefined,
  ) {
    const { world } = context
    this.#context = context
    this.#keys = keysOf(target)
    this.#sentAtMs = world.time.nowMs
    this.#startOf = startOf
    for (const [index, key] of this.#keys.entries()) {
      world.model.shares.beginReset(key, startOf(index))
    }
  }

  /** Called with the response. Without a result, a partition may be reset later. */
  end(
    errorCode: number,
    partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[],
  ): void {
    const { world } = this.#context
    const { shares } = world.model
    if (refusals.has(errorCode)) {
      for (const key of this.#keys) shares.refuseReset(key)
      return
    }
    for (const { partitionIndex, errorCode: error } of partitions) {
      if (error !== ErrorCode.None) continue
      const key = this.#keys[partitionIndex]!
      shares.endReset(key, this.#startOf(partitionIndex), this.#sentAtMs)
    }
  }
}

const refusals: ReadonlySet<number> = new Set([
  ErrorCode.NonEmptyGroup,
  ErrorCode.GroupIdNotFound,
  ErrorCode.CoordinatorLoadInProgress,
])
