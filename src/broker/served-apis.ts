import { Produce } from '../protocol/messages/00-produce.ts'
import { Fetch } from '../protocol/messages/01-fetch.ts'
import { ListOffsets } from '../protocol/messages/02-list-offsets.ts'
import { Metadata } from '../protocol/messages/03-metadata.ts'
import { OffsetCommit } from '../protocol/messages/08-offset-commit.ts'
import { OffsetFetch } from '../protocol/messages/09-offset-fetch.ts'
import { FindCoordinator } from '../protocol/messages/10-find-coordinator.ts'
import { JoinGroup } from '../protocol/messages/11-join-group.ts'
import { Heartbeat } from '../protocol/messages/12-heartbeat.ts'
import { LeaveGroup } from '../protocol/messages/13-leave-group.ts'
import { SyncGroup } from '../protocol/messages/14-sync-group.ts'
import { DescribeGroups } from '../protocol/messages/15-describe-groups.ts'
import { ListGroups } from '../protocol/messages/16-list-groups.ts'
import { ApiVersions } from '../protocol/messages/18-api-versions.ts'
import { CreateTopics } from '../protocol/messages/19-create-topics.ts'
import { DeleteTopics } from '../protocol/messages/20-delete-topics.ts'
import { DeleteRecords } from '../protocol/messages/21-delete-records.ts'
import { InitProducerId } from '../protocol/messages/22-init-producer-id.ts'
import { OffsetForLeaderEpoch } from '../protocol/messages/23-offset-for-leader-epoch.ts'
import { AddPartitionsToTxn } from '../protocol/messages/24-add-partitions-to-txn.ts'
import { AddOffsetsToTxn } from '../protocol/messages/25-add-offsets-to-txn.ts'
import { EndTxn } from '../protocol/messages/26-end-txn.ts'
import { WriteTxnMarkers } from '../protocol/messages/27-write-txn-markers.ts'
import { TxnOffsetCommit } from '../protocol/messages/28-txn-offset-commit.ts'
import { DescribeConfigs } from '../protocol/messages/32-describe-configs.ts'
import { AlterConfigs } from '../protocol/messages/33-alter-configs.ts'
import { DescribeLogDirs } from '../protocol/messages/35-describe-log-dirs.ts'
import { CreatePartitions } from '../protocol/messages/37-create-partitions.ts'
import { DeleteGroups } from '../protocol/messages/42-delete-groups.ts'
import { ElectLeaders } from '../protocol/messages/43-elect-leaders.ts'
import { IncrementalAlterConfigs } from '../protocol/messages/44-incremental-alter-configs.ts'
import { AlterPartitionReassignments } from '../protocol/messages/45-alter-partition-reassignments.ts'
import { ListPartitionReassignments } from '../protocol/messages/46-list-partition-reassignments.ts'
import { OffsetDelete } from '../protocol/messages/47-offset-delete.ts'
import { DescribeQuorum } from '../protocol/messages/55-describe-quorum.ts'
import { UpdateFeatures } from '../protocol/messages/57-update-features.ts'
import { DescribeCluster } from '../protocol/messages/60-describe-cluster.ts'
import { UnregisterBroker } from '../protocol/messages/64-unregister-broker.ts'
import { DescribeTransactions } from '../protocol/messages/65-describe-transactions.ts'
import { ConsumerGroupDescribe } from '../protocol/messages/69-consumer-group-describe.ts'
import { ConsumerGroupHeartbeat } from '../protocol/messages/68-consumer-group-heartbeat.ts'
import { ListTransactions } from '../protocol/messages/66-list-transactions.ts'
import { DescribeProducers } from '../protocol/messages/61-describe-producers.ts'
import { ListConfigResources } from '../protocol/messages/74-list-config-resources.ts'
import { DescribeTopicPartitions } from '../protocol/messages/75-describe-topic-partitions.ts'
import { ShareFetch } from '../protocol/messages/78-share-fetch.ts'
import { ShareAcknowledge } from '../protocol/messages/79-share-acknowledge.ts'
import { ShareGroupHeartbeat } from '../protocol/messages/76-share-group-heartbeat.ts'
import { ShareGroupDescribe } from '../protocol/messages/77-share-group-describe.ts'
import { DescribeShareGroupOffsets } from '../protocol/messages/90-describe-share-group-offsets.ts'
import { AlterShareGroupOffsets } from '../protocol/messages/91-alter-share-group-offsets.ts'
import { DeleteShareGroupOffsets } from '../protocol/messages/92-delete-share-group-offsets.ts'
import { AddRaftVoter } from '../protocol/messages/80-add-raft-voter.ts'
import { RemoveRaftVoter } from '../protocol/messages/81-remove-raft-voter.ts'
import { InitializeShareGroupState } from '../protocol/messages/83-initialize-share-group-state.ts'
import { ReadShareGroupState } from '../protocol/messages/84-read-share-group-state.ts'
import { WriteShareGroupState } from '../protocol/messages/85-write-share-group-state.ts'
import { DeleteShareGroupState } from '../protocol/messages/86-delete-share-group-state.ts'
import { ReadShareGroupStateSummary } from '../protocol/messages/87-read-share-group-state-summary.ts'
import { StreamsGroupHeartbeat } from '../protocol/messages/88-streams-group-heartbeat.ts'
import { StreamsGroupDescribe } from '../protocol/messages/89-streams-group-describe.ts'
import { StreamsGroupTopologyDescriptionUpdate } from '../protocol/messages/93-streams-group-topology-description-update.ts'
import { UnregisterController } from '../protocol/messages/94-unregister-controller.ts'
import { produce } from './handlers/00-produce.ts'
import { fetch } from './handlers/01-fetch.ts'
import { listOffsets } from './handlers/02-list-offsets.ts'
import { metadata } from './handlers/03-metadata.ts'
import { offsetCommit } from './handlers/08-offset-commit.ts'
import { offsetFetch } from './handlers/09-offset-fetch.ts'
import { findCoordinator } from './handlers/10-find-coordinator.ts'
import { joinGroup } from './handlers/11-join-group.ts'
import { heartbeat } from './handlers/12-heartbeat.ts'
import { leaveGroup } from './handlers/13-leave-group.ts'
import { syncGroup } from './handlers/14-sync-group.ts'
import { describeGroups } from './handlers/15-describe-groups.ts'
import { listGroups } from './handlers/16-list-groups.ts'
import { apiVersions } from './handlers/18-api-versions.ts'
import { createTopics } from './handlers/19-create-topics.ts'
import { deleteTopics } from './handlers/20-delete-topics.ts'
import { deleteRecords } from './handlers/21-delete-records.ts'
import { initProducerId } from './handlers/22-init-producer-id.ts'
import { offsetForLeaderEpoch } from './handlers/23-offset-for-leader-epoch.ts'
import { addPartitionsToTxn } from './handlers/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from './handlers/25-add-offsets-to-txn.ts'
import { endTxn } from './handlers/26-end-txn.ts'
import { writeTxnMarkers } from './handlers/27-write-txn-markers.ts'
import { txnOffsetCommit } from './handlers/28-txn-offset-commit.ts'
import { describeConfigs } from './handlers/32-describe-configs.ts'
import { alterConfigs } from './handlers/33-alter-configs.ts'
import { describeLogDirs } from './handlers/35-describe-log-dirs.ts'
import { createPartitions } from './handlers/37-create-partitions.ts'
import { deleteGroups } from './handlers/42-delete-groups.ts'
import { electLeaders } from './handlers/43-elect-leaders.ts'
import { incrementalAlterConfigs } from './handlers/44-incremental-alter-configs.ts'
import { alterPartitionReassignments } from './handlers/45-alter-partition-reassignments.ts'
import { listPartitionReassignments } from './handlers/46-list-partition-reassignments.ts'
import { offsetDelete } from './handlers/47-offset-delete.ts'
import { describeQuorum } from './handlers/55-describe-quorum.ts'
import { updateFeatures } from './handlers/57-update-features.ts'
import { describeCluster } from './handlers/60-describe-cluster.ts'
import { unregisterBroker } from './handlers/64-unregister-broker.ts'
import { describeTransactions } from './handlers/65-describe-transactions.ts'
import { consumerGroupDescribe } from './handlers/69-consumer-group-describe.ts'
import { consumerGroupHeartbeat } from './handlers/68-consumer-group-heartbeat.ts'
import { listTransactions } from './handlers/66-list-transactions.ts'
import { describeProducers } from './handlers/61-describe-producers.ts'
import { listConfigResources } from './handlers/74-list-config-resources.ts'
import { describeTopicPartitions } from './handlers/75-describe-topic-partitions.ts'
import { shareFetch } from './handlers/78-share-fetch.ts'
import { shareAcknowledge } from './handlers/79-share-acknowledge.ts'
import { addRaftVoter } from './handlers/80-add-raft-voter.ts'
import { removeRaftVoter } from './handlers/81-remove-raft-voter.ts'
import { initializeShareGroupState } from './handlers/83-initialize-share-group-state.ts'
import { readShareGroupState } from './handlers/84-read-share-group-state.ts'
import { writeShareGroupState } from './handlers/85-write-share-group-state.ts'
import { deleteShareGroupState } from './handlers/86-delete-share-group-state.ts'
import { readShareGroupStateSummary } from './handlers/87-read-share-group-state-summary.ts'
import { streamsGroupHeartbeat } from './handlers/88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from './handlers/89-streams-group-describe.ts'
import { streamsGroupTopologyDescriptionUpdate } from './handlers/93-streams-group-topology-description-update.ts'
import { unregisterController } from './handlers/94-unregister-controller.ts'
import { shareGroupHeartbeat } from './handlers/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from './handlers/77-share-group-describe.ts'
import { describeShareGroupOffsets } from './handlers/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from './handlers/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from './handlers/92-delete-share-group-offsets.ts'
import { serve, type ServedApi } from './pipeline/served-api.ts'

/**
 * Every API that brokers serve, with its handler, in the order of the keys. ApiVersions advertises
 * these. Requests of other keys close their connection. The messages of other APIs are not loaded.
 */
export const servedApis: readonly ServedApi[] = [
  serve(Produce, produce, { reusesFrame: true, expectsResponse: ({ acks }) => acks !== 0 }),
  serve(Fetch, fetch),
  serve(ListOffsets, listOffsets),
  serve(Metadata, metadata),
  serve(OffsetCommit, offsetCommit),
  serve(OffsetFetch, offsetFetch),
  serve(FindCoordinator, findCoordinator),
  serve(JoinGroup, joinGroup),
  serve(Heartbeat, heartbeat),
  serve(LeaveGroup, leaveGroup),
  serve(SyncGroup, syncGroup),
  serve(DescribeGroups, describeGroups),
  serve(ListGroups, listGroups),
  serve(ApiVersions, apiVersions),
  serve(CreateTopics, createTopics),
  serve(DeleteTopics, deleteTopics),
  serve(DeleteRecords, deleteRecords),
  serve(InitProducerId, initProducerId),
  serve(OffsetForLeaderEpoch, offsetForLeaderEpoch),
  serve(AddPartitionsToTxn, addPartitionsToTxn),
  serve(AddOffsetsToTxn, addOffsetsToTxn),
  serve(EndTxn, endTxn),
  serve(WriteTxnMarkers, writeTxnMarkers),
  serve(TxnOffsetCommit, txnOffsetCommit),
  serve(DescribeConfigs, describeConfigs),
  serve(AlterConfigs, alterConfigs),
  serve(DescribeLogDirs, describeLogDirs),
  serve(CreatePartitions, createPartitions),
  serve(DeleteGroups, deleteGroups),
  serve(ElectLeaders, electLeaders),
  serve(IncrementalAlterConfigs, incrementalAlterConfigs),
  serve(AlterPartitionReassignments, alterPartitionReassignments),
  serve(ListPartitionReassignments, listPartitionReassignments),
  serve(OffsetDelete, offsetDelete),
  serve(DescribeQuorum, describeQuorum),
  serve(UpdateFeatures, updateFeatures),
  serve(DescribeCluster, describeCluster),
  serve(DescribeProducers, describeProducers),
  serve(UnregisterBroker, unregisterBroker),
  serve(DescribeTransactions, describeTransactions),
  serve(ListTransactions, listTransactions),
  serve(ConsumerGroupHeartbeat, consumerGroupHeartbeat),
  serve(ConsumerGroupDescribe, consumerGroupDescribe),
  serve(ListConfigResources, listConfigResources),
  serve(DescribeTopicPartitions, describeTopicPartitions),
  serve(ShareGroupHeartbeat, shareGroupHeartbeat),
  serve(ShareGroupDescribe, shareGroupDescribe),
  serve(ShareFetch, shareFetch),
  serve(ShareAcknowledge, shareAcknowledge),
  serve(AddRaftVoter, addRaftVoter),
  serve(RemoveRaftVoter, removeRaftVoter),
  serve(InitializeShareGroupState, initializeShareGroupState),
  serve(ReadShareGroupState, readShareGroupState),
  serve(WriteShareGroupState, writeShareGroupState),
  serve(DeleteShareGroupState, deleteShareGroupState),
  serve(ReadShareGroupStateSummary, readShareGroupStateSummary),
  serve(StreamsGroupHeartbeat, streamsGroupHeartbeat),
  serve(StreamsGroupDescribe, streamsGroupDescribe),
  serve(DescribeShareGroupOffsets, describeShareGroupOffsets),
  serve(AlterShareGroupOffsets, alterShareGroupOffsets),
  serve(DeleteShareGroupOffsets, deleteShareGroupOffsets),
  serve(StreamsGroupTopologyDescriptionUpdate, streamsGroupTopologyDescriptionUpdate),
  serve(UnregisterController, unregisterController),
]
