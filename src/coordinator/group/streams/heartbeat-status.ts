import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'

/** Conditions that a heartbeat reports to the client, with Kafka's codes. */
export const HeartbeatStatus = {
  StaleTopology: 0,
  MissingSourceTopics: 1,
  IncorrectlyPartitionedTopics: 2,
  MissingInternalTopics: 3,
  ShutdownApplication: 4,
  AssignmentDelayed: 5,
  MissingClientTags: 6,
} as const
export type HeartbeatStatus = (typeof HeartbeatStatus)[keyof typeof HeartbeatStatus]

/** A condition in a response. */
export type StatusDetail = NonNullable<ResponseBody<typeof StreamsGroupHeartbeat>['status']>[number]
