import { load } from './require.mjs'

/**
 * A dependency that is loaded when it is first used. Those with native code take longer to load than a cluster to start, and
 * most clusters need none of them.
 */
export function lazyPackage<Package>(name: string): () => Package {
  let loaded: Package | undefined
  return () => (loaded ??= load(name) as Package)
}
