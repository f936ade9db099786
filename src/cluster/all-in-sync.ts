import type { MetadataImage } from '../controller/metadata-image.ts'
import type { ClusterCondition } from './cluster-waits.ts'
import { missingSync } from './partition-replicas.ts'

/** Returns the condition that all replicas of all partitions are in sync. */
export function allInSync(cluster: { readonly image: MetadataImage }): ClusterCondition {
  return {
    text: 'all partitions in sync',
    missing: () => {
      for (const { name, partitions } of cluster.image.topics.values()) {
        for (const registration of partitions) {
          const missing = missingSync(registration)
          if (missing !== undefined) return `of ${name}-${registration.partition}, ${missing}`
        }
      }
      return undefined
    },
  }
}
