/** Returns the error message for a change of a topic that must stay as it is. */
export function readOnlyMessage(topic: string): string {
  return `Topic ${topic} is read-only: its files are served as they are.`
}
