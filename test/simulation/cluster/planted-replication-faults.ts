import type { PlantedFault } from './planted-faults.ts'

/** Faults of replication that the simulator must find within 1,000 seeds. */
export const plantedReplicationFaults: readonly PlantedFault[] = [
  {
    name: 'the high watermark is the end of the log of the leader',
    file: 'broker/replication/in-sync-replicas.ts',
    search: 'if (follower.logEndOffset >= smallest) continue',
    replace: 'continue',
    seed: 30,
  },
  {
    name: 'acks=all is answered after the append of the leader',
    file: 'broker/handlers/00-produce.ts',
    search: 'acks === ALL ? partition.committed(lastOffset + 1)',
    replace: 'acks === ALL ? partition.durable(lastOffset + 1)',
    seed: 30,
  },
  {
    name: 'a follower keeps what differs from the log of the leader',
    file: 'broker/replication/fetched-partition.ts',
    search: 'log.truncateTo(truncationOffset(log, { epoch, endOffset }))',
    replace: '',
    seed: 33,
  },
  {
    name: 'a replica that is not eligible is elected',
    file: 'controller/partitions/elect-leader.ts',
    search: "election === 'unclean' ? replicas",
    replace: 'replicas.length > 1 ? replicas',
    seed: 75,
  },
]
