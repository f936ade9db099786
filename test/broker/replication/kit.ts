import { HeldOutReplicas } from '../../../src/broker/replication/held-out-replicas.ts'
import { Partition } from '../../../src/broker/partition.ts'
import { Delays } from '../../../src/broker/delays.ts'
import { IsrChanges } from '../../../src/broker/replication/isr-changes.ts'
import type { ReplicationContext } from '../../../src/broker/replication/replication-context.ts'
import { LiveMetadataImage } from '../../../src/controller/live-metadata-image.ts'
import type { ControllerRequests } from '../../../src/controller/operations.ts'
import type {
  BrokerRegistration,
  MetadataImage,
  PartitionRegistration,
} from '../../../src/controller/metadata-image.ts'
import type { Log } from '../../../src/log/log.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { ZERO_UUID } from '../../../src/platform/uuid.ts'

/** Returns a partition with one replica, on broker 1, unless other fields are given. */
export function registrationOf(fields: Partial<PartitionRegistration> = {}): PartitionRegistration {
  const { replicas = [1] } = fields
  return {
    partition: 0,
    replicas,
    directories: replicas.map(() => ZERO_UUID),
    isr: replicas,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    ...fields,
  }
}

/** Returns a broker in service. Its epoch is 10 times its id. */
export function brokerOf(id: number): BrokerRegistration {
  return {
    id,
    epoch: id * 10,
    incarnationId: ZERO_UUID,
    endpoints: [],
    features: new Map(),
    rack: null,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [],
    cordonedLogDirs: [],
  }
}

/** Returns the parts of broker 1 that partitions use, with brokers 1 to 3 in service. */
export function replicationOf({
  clock = new ManualClock(),
  image = imageOfThree(),
  alterPartition = () => ({ errorCode: 0, topics: [] }),
}: {
  clock?: ManualClock
  image?: MetadataImage
  alterPartition?: ControllerRequests['alterPartition']
} = {}): ReplicationContext {
  const brokerEpoch = () => image.brokers.get(1)!.epoch
  return {
    brokerId: 1,
    brokerEpoch,
    image,
    clock,
    isrChanges: new IsrChanges({
      brokerId: 1,
      brokerEpoch,
      controller: { alterPartition },
      turn: systemTurn,
      delays: new Delays(clock),
    }),
    heldOut: new HeldOutReplicas(),
    maxLagMs: 30_000,
  }
}

/** Returns the image of a cluster with brokers 1 to 3. */
export function imageOfThree(): LiveMetadataImage {
  const image = new LiveMetadataImage('')
  for (const id of [1, 2, 3]) image.setBroker(brokerOf(id))
  return image
}

/** Returns a partition that broker 1 leads, with the only replica. */
export function ledPartition(log: Log, leaderEpoch = 0): Partition {
  const partition = new Partition(log, replicationOf())
  partition.makeLeader(registrationOf({ leaderEpoch }))
  return partition
}
