import { reportMissingPackage } from './missing-packages.ts'
import { load } from './require.mjs'

/**
 * Returns a function that loads a dependency with native code at its first call. Such packages take
 * longer to load than a cluster takes to start, and most clusters do not need them.
 *
 * @param fallback the same functions in JavaScript, used if the package cannot be loaded;
 * `onMissingPackage` reports it
 */
export function lazyPackage<Package>(name: string, fallback: Package): () => Package {
  let loaded: Package | undefined
  return () => (loaded ??= loadOr(name, fallback))
}

function loadOr<Package>(name: string, fallback: Package): Package {
  try {
    return load(name) as Package
  } catch (error) {
    reportMissingPackage(name, error)
    return fallback
  }
}
