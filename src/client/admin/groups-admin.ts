import {
  DeleteGroups,
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
import { check } from '../client-error.ts'
import { SHARED_CHANNEL } from '../connection/connections.ts'
import { GroupCoordinator } from '../coordinator.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'
import { describeGroup, type GroupDescription } from './describe-group.ts'
import { retryEach } from './retry-each.ts'

/** A group in a list. */
export type ListedGroup = ResponseOf<typeof ListGroups>['groups'][number]

/** Options of a list of groups. */
export interface ListGroupsOptions extends CallOptions {
  /** Only groups in one of these states; default all. */
  readonly states?: readonly string[]
  /** Only groups of these types, such as `classic`; default all. */
  readonly types?: readonly string[]
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

  /** Returns a classic or a consumer group; `undefined` if it does not exist. */
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
