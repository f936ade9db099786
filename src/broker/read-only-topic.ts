/** Returns the error message for a change of a read-only topic. */
export function readOnlyMessage(topic: string): string {
  return `Topic ${topic} is read-only: its files are served as they are.`
}
