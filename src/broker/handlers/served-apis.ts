import { Produce } from '../../protocol/messages/00-produce.ts'
import { Fetch } from '../../protocol/messages/01-fetch.ts'
import { ListOffsets } from '../../protocol/messages/02-list-offsets.ts'
import { Metadata } from '../../protocol/messages/03-metadata.ts'
import { OffsetCommit } from '../../protocol/messages/08-offset-commit.ts'
import { OffsetFetch } from '../../protocol/messages/09-offset-fetch.ts'
import { FindCoordinator } from '../../protocol/messages/10-find-coordinator.ts'
import { JoinGroup } from '../../protocol/messages/11-join-group.ts'
import { Heartbeat } from '../../protocol/messages/12-heartbeat.ts'
import { LeaveGroup } from '../../protocol/messages/13-leave-group.ts'
import { SyncGroup } from '../../protocol/messages/14-sync-group.ts'
import { DescribeGroups } from '../../protocol/messages/15-describe-groups.ts'
import { ListGroups } from '../../protocol/messages/16-list-groups.ts'
import { ApiVersions } from '../../protocol/messages/18-api-versions.ts'
import { CreateTopics } from '../../protocol/messages/19-create-topics.ts'
import { DeleteTopics } from '../../protocol/messages/20-delete-topics.ts'
import { DeleteRecords } from '../../protocol/messages/21-delete-records.ts'
import { InitProducerId } from '../../protocol/messages/22-init-producer-id.ts'
import { OffsetForLeaderEpoch } from '../../protocol/messages/23-offset-for-leader-epoch.ts'
import { DescribeConfigs } from '../../protocol/messages/32-describe-configs.ts'
import { AlterConfigs } from '../../protocol/messages/33-alter-configs.ts'
import { DescribeLogDirs } from '../../protocol/messages/35-describe-log-dirs.ts'
import { CreatePartitions } from '../../protocol/messages/37-create-partitions.ts'
import { DeleteGroups } from '../../protocol/messages/42-delete-groups.ts'
import { IncrementalAlterConfigs } from '../../protocol/messages/44-incremental-alter-configs.ts'
import { OffsetDelete } from '../../protocol/messages/47-offset-delete.ts'
import { DescribeCluster } from '../../protocol/messages/60-describe-cluster.ts'
import { ListConfigResources } from '../../protocol/messages/74-list-config-resources.ts'
import { DescribeTopicPartitions } from '../../protocol/messages/75-describe-topic-partitions.ts'
import type { Api } from '../../protocol/schema/index.ts'

/** The APIs that have a handler, in order of their keys. The messages of the others are not loaded. */
export const servedApis: readonly Api[] = [
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  FindCoordinator,
  JoinGroup,
  Heartbeat,
  LeaveGroup,
  SyncGroup,
  DescribeGroups,
  ListGroups,
  ApiVersions,
  CreateTopics,
  DeleteTopics,
  DeleteRecords,
  InitProducerId,
  OffsetForLeaderEpoch,
  DescribeConfigs,
  AlterConfigs,
  DescribeLogDirs,
  CreatePartitions,
  DeleteGroups,
  IncrementalAlterConfigs,
  OffsetDelete,
  DescribeCluster,
  ListConfigResources,
  DescribeTopicPartitions,
]
