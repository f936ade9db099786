import type { BrokerConfig } from '../../controller/broker-config.ts'
import type { ControllerRequests } from '../../controller/operations.ts'
import type { Delays } from '../delays.ts'
import type { ServicesOptions } from '../services-options.ts'
import { HeldOutReplicas } from './held-out-replicas.ts'
import { IsrChanges } from './isr-changes.ts'
import type { FetcherConfig } from './replica-fetcher.ts'
import { ReplicaFetchers } from './replica-fetchers.ts'
import type { ReplicationContext } from './replication-context.ts'

/** Builds the parts of a broker that replicate partitions. */
export function createReplication(
  { metadata, peers, clock, turn, heldOut = new HeldOutReplicas() }: ServicesOptions,
  { controller, delays }: { readonly controller: ControllerRequests; readonly delays: Delays },
): { replication: ReplicationContext; fetchers: ReplicaFetchers } {
  const { brokerId, image, config } = metadata
  const brokerEpoch = () => image.brokers.get(brokerId)?.epoch ?? -1
  const isrChanges = new IsrChanges({ brokerId, brokerEpoch, controller, turn, delays })
  return {
    replication: {
      brokerId,
      brokerEpoch,
      image,
      clock,
      isrChanges,
      heldOut,
      maxLagMs: config.number('replica.lag.time.max.ms'),
    },
    fetchers: new ReplicaFetchers({
      brokerId,
      brokerEpoch,
      peers,
      turn,
      delays,
      config: readFetcherConfig(config),
    }),
  }
}

function readFetcherConfig(config: BrokerConfig): FetcherConfig {
  return {
    maxWaitMs: config.number('replica.fetch.wait.max.ms'),
    minBytes: config.number('replica.fetch.min.bytes'),
    maxBytes: config.number('replica.fetch.response.max.bytes'),
    partitionMaxBytes: config.number('replica.fetch.max.bytes'),
    backoffMs: config.number('replica.fetch.backoff.ms'),
  }
}
