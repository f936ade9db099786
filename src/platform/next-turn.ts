/** Resolves in a later turn of the event loop, when what has arrived meanwhile has had its own. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
