import type { Grid } from '../grid/scenario.ts'
import { GroupScene } from './group-scene.ts'
import { classicJoin } from './scenarios/classic-join.ts'
import { classicMembers } from './scenarios/classic-members.ts'
import { classicStatic } from './scenarios/classic-static.ts'
import { consumerHeartbeat } from './scenarios/consumer-heartbeat.ts'
import { consumerMembers } from './scenarios/consumer-members.ts'
import { featureLevels } from './scenarios/features.ts'
import { groups } from './scenarios/groups.ts'
import { limits } from './scenarios/limits.ts'
import { offsets } from './scenarios/offsets.ts'
import { shareChanges } from './scenarios/share-changes.ts'
import { shareFetch } from './scenarios/share-fetch.ts'
import { shareGroups } from './scenarios/share-groups.ts'
import { shareInputs } from './scenarios/share-inputs.ts'
import { shareLimits } from './scenarios/share-limits.ts'
import { shareToggled } from './scenarios/share-toggled.ts'
import { shareState } from './scenarios/share-state.ts'
import { streamsChanges } from './scenarios/streams-changes.ts'
import { streamsDescriptions } from './scenarios/streams-descriptions.ts'
import { streamsTopologies } from './scenarios/streams-topologies.ts'
import { streamsGroups } from './scenarios/streams.ts'
import { wrongTypes } from './scenarios/wrong-types.ts'

export const groupGrid: Grid<GroupScene> = {
  recorded: new URL('recorded/', import.meta.url),
  config: {
    'auto.create.topics.enable': false,
    'group.consumer.assignment.interval.ms': 0,
    'group.consumer.assignor.offload.enable': false,
    'group.consumer.min.heartbeat.interval.ms': 500,
    'group.consumer.min.session.timeout.ms': 1000,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'group.share.assignment.interval.ms': 0,
    'group.share.assignor.offload.enable': false,
    'group.share.min.heartbeat.interval.ms': 500,
    'group.share.min.session.timeout.ms': 1000,
    'group.streams.assignment.interval.ms': 0,
    'group.streams.assignor.offload.enable': false,
    'group.streams.initial.rebalance.delay.ms': 0,
    'group.streams.min.heartbeat.interval.ms': 500,
    'group.streams.min.session.timeout.ms': 1000,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
  },
  suites: [
    classicJoin,
    classicMembers,
    classicStatic,
    offsets,
    groups,
    consumerHeartbeat,
    consumerMembers,
    wrongTypes,
    shareState,
    shareGroups,
    shareFetch,
    shareChanges,
    shareInputs,
    shareLimits,
    shareToggled,
    streamsGroups,
    streamsChanges,
    streamsTopologies,
    streamsDescriptions,
    ...featureLevels,
    ...limits,
  ],
  openScene: (stage, prefix) => new GroupScene(stage, prefix),
}
