import type { PlantedFault } from './planted-faults.ts'

/** Faults of streams groups, and of groups that change their protocol. */
export const plantedGroupFaults: readonly PlantedFault[] = [
  {
    name: 'a classic group that becomes a consumer group forgets a member',
    file: 'coordinator/group/migration/upgrade.ts',
    search: 'for (const member of group.members) {',
    replace: 'for (const member of [...group.members].slice(1)) {',
  },
  {
    name: 'a classic group that becomes a consumer group forgets the owners of its partitions',
    file: 'coordinator/group/migration/upgrade.ts',
    search: 'Array.from(target, ([topicId, partitions]) => [',
    replace: 'Array.from(NO_PARTITIONS, ([topicId, partitions]) => [',
  },
  {
    name: 'a consumer group that becomes a classic group forgets a member',
    file: 'coordinator/group/migration/downgrade.ts',
    search: 'const members = group.orderedMembers.filter(',
    replace: 'const members = group.orderedMembers.slice(1).filter(',
    seed: 193,
  },
  {
    name: 'a consumer group that becomes a classic group does not rebalance',
    file: 'coordinator/group/consumer/fence-members.ts',
    search: '{ leaving: members, rebalanceCause: cause }',
    replace: '{ leaving: members }',
    seed: 85,
  },
  {
    name: 'a classic member of a consumer group does not learn that it must join again',
    file: 'coordinator/group/migration/heartbeat-consumer-group.ts',
    search: 'if (!mustJoin(group, member)) return undefined',
    replace: 'if (Date.length === 7) return undefined',
  },
  {
    name: 'an active task goes to a streams member before its owner has revoked it',
    file: 'coordinator/group/streams/current-assignment.ts',
    search: 'owners.active(id, partition) !== undefined ||',
    replace: '',
  },
  {
    name: 'an active task of a streams group is assigned to no member',
    file: 'coordinator/group/streams/assignors/active-tasks.ts',
    search: 'for (const task of toLeastLoaded) {',
    replace: 'for (const task of toLeastLoaded.slice(1)) {',
  },
  {
    name: 'the missing standbys of a streams group are not assigned',
    file: 'coordinator/group/streams/assignors/standby-tasks.ts',
    search: 'if (count > 0) missing.push({ task, count })',
    replace: '',
  },
  {
    name: 'the internal topics of a streams group are not created',
    file: 'broker/handlers/88-streams-group-heartbeat.ts',
    search:
      'streamsInternalTopics.create(topicsToCreate.values(), 2 * response.heartbeatIntervalMs)',
    replace: '',
  },
]
