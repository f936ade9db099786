import { ErrorCode } from '../../protocol/error-code.ts'
import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  LeaveGroup,
  ListGroups,
  OffsetDelete,
} from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import {
  commitOffsets,
  fetchCommittedOffsets,
  type CommittedOffset,
} from '../group/committed-offsets.ts'
import { check, ClientError } from '../client-error.ts'
import { SHARED_CHANNEL } from '../connection/connections.ts'
import { GroupCoordinator } from '../coordinator.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, inOrder, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'
import { describeGroup, type GroupDescription } from './describe-group.ts'
import { retryEach } from './retry-each.ts'

/** A group in a list. */
export type ListedGroup = ResponseOf<typeof ListGroups>['groups'][number]

/** Options of a list of groups. */
export interface ListGroupsOptions extends CallOptions {
  /** Only groups in one of these states; default all. */
  readonly states?: readonly string[]
  /** Only groups of these types: `classic`, `consumer`, `share`, `streams`; default all. */
  readonly types?: readonly string[]
}

/** The start offset of a share group in a partition (KIP-932). */
export interface ShareOffset extends TopicPartition {
  /** All records before it are acknowledged; `undefined` until a member has read. */
  readonly startOffset: number | undefined
  /**
   * The records that are not acknowledged yet; `undefined` if the broker does not tell (KIP-1226).
   */
  readonly lag: number | undefined
}

/** Describes and deletes groups, and changes their committed offsets. */
export class GroupsAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns the groups of all coordinators, by id. */
  async list({ states = [], types = [], signal }: ListGroupsOptions = {}): Promise<ListedGroup[]> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    await retry(settings, signals, () => metadata.fetch([], signals))
    const request = { statesFilter: [...states], typesFilter: [...types] }
    const ofBrokers = await Promise.all(
      Array.from(metadata.brokers.keys(), (id) =>
        retry(settings, signals, async () => {
          const broker = await metadata.broker(id, undefined, signals)
          const response = await broker.send(ListGroups, request)
          check(response.errorCode, `listing the groups of broker ${id}`)
          return response.groups
        }),
      ),
    )
    return ofBrokers.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  }

  /** Returns a group of any kind; `undefined` if it does not exist. */
  describe(groupId: string, { signal }: CallOptions = {}): Promise<GroupDescription | undefined> {
    const { settings, closing } = this.#core
    const signals = [closing, signal]
    const coordinator = this.#coordinator(groupId)
    return retry(settings, signals, () => describeGroup(coordinator, signals))
  }

  /**
   * Deletes groups with their committed offsets.
   *
   * @throws BrokerError `NON_EMPTY_GROUP` if one has members, `GROUP_ID_NOT_FOUND` if it does not
   * exist
   */
  async delete(groupIds: readonly string[], { signal }: CallOptions = {}): Promise<void> {
    for (const groupId of groupIds) {
      await this.#ask(groupId, `deleting group ${groupId}`, signal, async (coordinator) => {
        const request = { groupsNames: [groupId] }
        const { results } = await coordinator.send(DeleteGroups, request, {}, [signal])
        return results
      })
    }
  }

  /**
   * Removes members, which join again if they are running. Static members are given by their
   * instance ids.
   */
  async removeMembers(
    groupId: string,
    members: readonly ({ readonly memberId: string } | { readonly groupInstanceId: string })[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const request = {
      groupId,
      memberId: '',
      members: members.map((member) => ({
        memberId: '',
        groupInstanceId: null,
        ...member,
        reason: 'member was removed by an admin',
      })),
    }
    await this.#ask(
      groupId,
      `removing members of group ${groupId}`,
      signal,
      async (coordinator) => {
        const response = await coordinator.send(LeaveGroup, request, {}, [signal])
        return [response, ...response.members]
      },
    )
  }

  /**
   * Returns the committed offsets of a group, by default all. Partitions without one are omitted.
   */
  listOffsets(
    groupId: string,
    partitions: readonly TopicPartition[] | null = null,
    { signal }: CallOptions = {},
  ): Promise<CommittedOffset[]> {
    const { settings, closing } = this.#core
    const coordinator = this.#coordinator(groupId)
    return fetchCommittedOffsets(coordinator, settings, partitions, [closing, signal])
  }

  /**
   * Sets committed offsets of a group without members.
   *
   * @throws BrokerError `UNKNOWN_MEMBER_ID` if the group has members
   */
  alterOffsets(
    groupId: string,
    offsets: readonly CommittedOffset[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const { settings, closing } = this.#core
    const signals = [closing, signal]
    const coordinator = this.#coordinator(groupId)
    return retry(settings, signals, () => commitOffsets(coordinator, offsets, signals))
  }

  /** Deletes committed offsets of topics that no member is subscribed to. */
  async deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const topics = groupByTopic(partitions, ({ partition }) => ({ partitionIndex: partition }))
    const request = { groupId, topics }
    await this.#ask(
      groupId,
      `deleting offsets of group ${groupId}`,
      signal,
      async (coordinator) => {
        const response = await coordinator.send(OffsetDelete, request, {}, [signal])
        const answers = flatten(response.topics, ({ partitionIndex }) => partitionIndex)
        for (const each of answers)
          coordinator.check(each.errorCode, `deleting the offset of ${groupId} in ${nameOf(each)}`)
        return [response]
      },
    )
  }

  /** Returns the start offsets of a share group in all partitions that were assigned to members. */
  async listShareOffsets(groupId: string, { signal }: CallOptions = {}): Promise<ShareOffset[]> {
    const { settings, closing } = this.#core
    const signals = [closing, signal]
    const coordinator = this.#coordinator(groupId)
    return retry(settings, signals, async () => {
      const request = { groups: [{ groupId, topics: null }] }
      const response = await coordinator.send(DescribeShareGroupOffsets, request, {}, signals)
      const group = response.groups[0]!
      coordinator.check(group.errorCode, `the offsets of group ${groupId}`, group.errorMessage)
      const topics = group.topics.map(({ topicName: name, partitions }) => ({ name, partitions }))
      const offsets = flatten(topics, ({ partitionIndex }) => partitionIndex)
      for (const each of offsets) {
        const operation = `the offset of group ${groupId} in ${nameOf(each)}`
        coordinator.check(each.errorCode, operation, each.errorMessage)
      }
      return inOrder(
        offsets.map(({ topic, partition, startOffset, lag }) => ({
          topic,
          partition,
          startOffset: startOffset < 0 ? undefined : startOffset,
          lag: lag < 0 ? undefined : lag,
        })),
      )
    })
  }

  /**
   * Sets start offsets of a share group without members.
   *
   * @throws BrokerError `NON_EMPTY_GROUP` if the group has members
   */
  async alterShareOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const topics = groupByTopic(offsets, ({ partition, offset }) => ({
      partitionIndex: partition,
      startOffset: offset,
    })).map(({ name, partitions }) => ({ topicName: name, partitions }))
    const operation = `changing the offsets of group ${groupId}`
    await this.#ask(groupId, operation, signal, async (coordinator) => {
      const request = { groupId, topics }
      const response = await coordinator.send(AlterShareGroupOffsets, request, {}, [signal])
      return [response, ...response.responses.flatMap(({ partitions }) => partitions)]
    })
  }

  /**
   * Deletes the start offsets of a share group without members for whole topics.
   *
   * @throws ClientError `UNKNOWN_TOPIC` if the group has no offsets in one
   */
  async deleteShareOffsets(
    groupId: string,
    topics: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const operation = `deleting offsets of group ${groupId}`
    await this.#ask(groupId, operation, signal, async (coordinator) => {
      const request = { groupId, topics: topics.map((topicName) => ({ topicName })) }
      const response = await coordinator.send(DeleteShareGroupOffsets, request, {}, [signal])
      const unread = response.responses.find(
        ({ errorCode }) => errorCode === ErrorCode.UnknownTopicOrPartition,
      )
      if (unread !== undefined) {
        const { topicName } = unread
        const message = `group ${groupId} has no offsets in topic ${topicName}`
        throw new ClientError('UNKNOWN_TOPIC', message)
      }
      return [response, ...response.responses]
    })
  }

  /** Sends the request to the coordinator, and again if the group has moved. */
  #ask(
    groupId: string,
    operation: string,
    signal: AbortSignal | undefined,
    request: (
      coordinator: GroupCoordinator,
    ) => Promise<readonly { readonly errorCode: number; readonly errorMessage?: string | null }[]>,
  ): Promise<void> {
    const coordinator = this.#coordinator(groupId)
    return retryEach(
      this.#core,
      [signal],
      [groupId],
      () => operation,
      async () => {
        const results = await request(coordinator)
        const failed = results.find(({ errorCode }) => errorCode !== 0)
        if (failed !== undefined) coordinator.forget()
        return failed === undefined ? [] : [{ item: groupId, ...failed }]
      },
    )
  }

  #coordinator(groupId: string): GroupCoordinator {
    return new GroupCoordinator(this.#core, groupId, SHARED_CHANNEL)
  }
}
