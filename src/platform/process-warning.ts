const emitted = new Set<string>()

/**
 * Emits a process warning, which Node prints to stderr unless the program handles or disables
 * warnings. Each message is emitted once per process, for any number of clusters.
 */
export function emitProcessWarning(message: string, code: string): void {
  if (emitted.has(message)) return
  emitted.add(message)
  process.emitWarning(message, { type: 'OdradekWarning', code })
}
