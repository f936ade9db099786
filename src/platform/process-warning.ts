const emitted = new Set<string>()

/**
 * Emits a warning of the process, which Node prints to stderr unless somebody handles or switches off warnings. Each
 * message is emitted once per process, however many clusters it concerns.
 */
export function emitProcessWarning(message: string, code: string): void {
  if (emitted.has(message)) return
  emitted.add(message)
  process.emitWarning(message, { type: 'OdradekWarning', code })
}
