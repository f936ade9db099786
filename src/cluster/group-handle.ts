import type { Broker } from '../broker/broker.ts'
import { InternalTopic } from '../broker/internal-topics.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { DeleteGroups } from '../protocol/messages/index.ts'
import type { Api, RequestOf, ResponseBody } from '../protocol/schema/index.ts'
import { clusterClosed } from './cluster-closed.ts'
import { CoordinatorLookup } from './coordinator-lookup.ts'
import type { ClusterGroups } from './cluster-groups.ts'
import { checkConditions, checkGroupWaitOptions, checkSeek } from './group-arguments.ts'
import { count } from './group-conditions.ts'
import { invalidOption } from './option-rules.ts'
import { groupPicture } from './group-picture.ts'
import { seekGroup } from './group-seek.ts'
import { ObservedGroup } from './observed-group.ts'
import type { ClusterSources } from './coordinator-lookup.ts'
import type {
  Group,
  GroupConditions,
  GroupDescription,
  GroupMember,
  GroupPartition,
  GroupRebalance,
  GroupSeekPartitions,
  GroupSeekTarget,
  GroupState,
  GroupType,
  GroupWaitOptions,
} from './group.ts'

const TOPIC = InternalTopic.ConsumerOffsets

/** The parts of a cluster that know groups. */
export interface GroupSources extends ClusterSources {
  readonly groups: ClusterGroups
}

/** Returns the groups that the running coordinators know, ordered by id. */
export function listGroups(sources: GroupSources): readonly Group[] {
  const ids = sources.running.flatMap(({ services }) => services.groups.inspection.groupIds)
  return [...new Set(ids)].sort().map((id) => new GroupHandle(id, sources))
}

/** A group. Each property and method looks up its coordinator when it is used. */
export class GroupHandle implements Group {
  readonly groupId: string
  readonly #sources: GroupSources
  readonly #lookup: CoordinatorLookup

  constructor(groupId: string, sources: GroupSources) {
    this.groupId = groupId
    this.#sources = sources
    this.#lookup = new CoordinatorLookup(sources, TOPIC, groupId, 'Group')
  }

  get exists(): boolean {
    return this.#find() !== undefined
  }

  get type(): GroupType | undefined {
    return this.#find()?.description.type
  }

  get state(): GroupState | undefined {
    return this.#find()?.description.state
  }

  get epoch(): number | undefined {
    return this.#find()?.description.epoch
  }

  get members(): readonly GroupMember[] {
    return this.#find()?.description.members ?? []
  }

  get offsets(): readonly GroupPartition[] {
    return this.#find()?.description.offsets ?? []
  }

  get lag(): number | undefined {
    return this.#find()?.description.lag
  }

  get timeline(): readonly GroupRebalance[] {
    return this.#sources.groups.timelineOf(this.groupId)
  }

  get coordinatorId(): number | undefined {
    return this.#lookup.broker?.id
  }

  describe(): GroupDescription | undefined {
    return this.#find()?.description
  }

  async waitFor(
    conditions: GroupConditions,
    options: GroupWaitOptions = {},
  ): Promise<GroupDescription> {
    checkConditions(conditions)
    checkGroupWaitOptions(options)
    const { groupId } = this
    const current = () => this.#current()
    const picture = () => this.#picture()
    const advice = () => this.#lookup.advice
    const wait = { ...options, groupId, conditions, current, picture, advice }
    return this.#sources.groups.events.wait(wait)
  }

  async rebalance(): Promise<void> {
    const group = this.#existing()
    if (group.members.length === 0) {
      throw new OdradekError(
        'GROUP_EMPTY',
        `Group '${this.groupId}' cannot rebalance: it has no members. Wait for one first: await group.waitFor({ members: 1 })`,
      )
    }
    const { inspection } = this.#running().services.groups
    const error = await inspection.rebalance(this.groupId, 'requested by group.rebalance()')
    if (error !== undefined) throw this.#lookup.unavailable(error)
  }

  async seek(
    target: GroupSeekTarget,
    partitions?: GroupSeekPartitions | readonly GroupSeekPartitions[],
  ): Promise<readonly GroupPartition[]> {
    const selected = [partitions ?? []].flat()
    checkSeek(target, partitions === null ? [partitions] : selected)
    if (partitions !== undefined && selected.length === 0) {
      throw invalidOption(
        () => 'The list of partitions is empty: omit it for all partitions with a committed offset',
      )
    }
    const group = this.describe()
    if (group !== undefined && group.members.length > 0) throw this.#notEmpty('seek', group)
    const positions = await seekGroup(group, target, selected, {
      image: this.#sources.image,
      running: this.#sources.running,
      groupId: this.groupId,
      send: (api, version, request) => this.#send(api, version, request),
      notEmpty: () => this.#notEmpty('seek', this.describe()),
      unavailable: (error) => this.#lookup.unavailable(error),
    })
    const { offsets } = this
    return offsets.filter(({ topic, partition }) =>
      positions.some((each) => each.topic === topic && each.partition === partition),
    )
  }

  async delete(): Promise<void> {
    const group = this.#existing()
    if (group.members.length > 0) throw this.#notEmpty('be deleted', group)
    const { results } = await this.#send(DeleteGroups, 3, { groupsNames: [this.groupId] })
    switch (results[0]!.errorCode) {
      case ErrorCode.None:
        return
      case ErrorCode.GroupIdNotFound:
        throw this.#unknown()
      case ErrorCode.NonEmptyGroup:
        throw this.#notEmpty('be deleted', this.describe())
      default:
        throw this.#lookup.unavailable(ApiError.of(results[0]!.errorCode as ErrorCode))
    }
  }

  /** @throws OdradekError `PARTITION_UNAVAILABLE`, `CLUSTER_CLOSED` */
  #find(): ObservedGroup | undefined {
    this.#checkOpen()
    if (this.#lookup.registration === undefined) return undefined
    const coordinator = this.#running()
    const found = coordinator.services.groups.inspection.find(this.groupId)
    if (found instanceof ApiError) throw this.#lookup.unavailable(found)
    return found && new ObservedGroup(found, coordinator.id, this.#sources)
  }

  /** Returns the group for a wait, which also waits for a coordinator. */
  #current(): ObservedGroup | GroupDescription | undefined {
    try {
      return this.#find() ?? this.#dead()
    } catch (error) {
      if (error instanceof OdradekError) return undefined
      throw error
    }
  }

  #dead(): GroupDescription {
    const { groupId } = this
    const coordinatorId = this.coordinatorId ?? -1
    const nothing = { members: [], offsets: [], lag: undefined, epoch: 0 }
    return { groupId, type: 'classic', state: 'Dead', coordinatorId, ...nothing }
  }

  #existing(): GroupDescription {
    const group = this.describe()
    if (group === undefined) throw this.#unknown()
    return group
  }

  #picture(): string {
    const { groups } = this.#sources
    return groupPicture(this.#existing(), this.timeline, groups.nowMs)
  }

  /** Sends a request to the coordinator, as another broker would. */
  async #send<A extends Api>(
    api: A,
    apiVersion: number,
    request: RequestOf<A>,
  ): Promise<ResponseBody<A>> {
    const { id, peerRequests } = this.#running()
    const response = await peerRequests.handle(api, apiVersion, request, id)
    if (response === undefined) throw this.#lookup.unavailable()
    return response
  }

  /** @throws OdradekError `CLUSTER_CLOSED` */
  #checkOpen(): void {
    if (this.#sources.groups.isClosed) throw clusterClosed()
  }

  /**
   * Returns the coordinator, or any broker while `__consumer_offsets` does not exist.
   *
   * @throws OdradekError `PARTITION_UNAVAILABLE`
   */
  #running(): Broker {
    const isMissing = this.#lookup.registration === undefined
    const coordinator = isMissing ? this.#sources.running[0] : this.#lookup.broker
    if (coordinator === undefined) throw this.#lookup.unavailable()
    return coordinator
  }

  #unknown(): OdradekError {
    return new OdradekError(
      'UNKNOWN_GROUP',
      `There is no group '${this.groupId}'. Wait for it first: await group.waitFor({ members: 1 })`,
    )
  }

  #notEmpty(action: string, group: GroupDescription | undefined): OdradekError {
    const members = group?.members ?? []
    const names = members.slice(0, 3).map(({ memberId }) => memberId)
    const more = members.length > names.length ? ', …' : ''
    return new OdradekError(
      'GROUP_NOT_EMPTY',
      `Group '${this.groupId}' cannot ${action} while it has ${count(members.length, 'member')} (${names.join(', ')}${more}): stop them, then await group.waitFor({ state: 'Empty' })`,
    )
  }
}
