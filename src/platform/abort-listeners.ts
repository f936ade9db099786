/** The callbacks of each signal. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal is aborted. Returns the function that ends this. All callbacks of a
 * signal share one listener: Node warns about a leak when a signal has more than 10.
 */
export function onceAborted(signal: AbortSignal, callback: () => void): () => void {
  const known = callbacks.get(signal)
  const all = known ?? new Set()
  // Each call has a function of its own, so that the same callback may be added twice.
  const call = (): void => callback()
  all.add(call)
  if (known === undefined) {
    callbacks.set(signal, all)
    signal.addEventListener('abort', callAll)
  }
  return () => {
    all.delete(call)
    if (all.size > 0 || callbacks.get(signal) !== all) return
    callbacks.delete(signal)
    signal.removeEventListener('abort', callAll)
  }
}

function callAll(this: AbortSignal): void {
  for (const call of callbacks.get(this) ?? []) call()
}
