/** The features a 4.4 broker knows and the levels it can run them at, as ApiVersions tells them (KIP-584). */
export const supportedFeatures: readonly {
  name: string
  minVersion: number
  maxVersion: number
}[] = [
  { name: 'group.version', minVersion: 0, maxVersion: 1 },
  { name: 'kraft.version', minVersion: 0, maxVersion: 1 },
  { name: 'metadata.version', minVersion: 7, maxVersion: 33 },
  { name: 'share.version', minVersion: 0, maxVersion: 2 },
  { name: 'streams.version', minVersion: 0, maxVersion: 1 },
  { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
  { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1 },
]
