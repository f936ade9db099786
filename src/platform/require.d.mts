/** Loads a package of this one's dependencies, synchronously. */
export function load(name: string): unknown
