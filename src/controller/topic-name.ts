const MAX_NAME_LENGTH = 249

/** Returns Kafka's message for an invalid topic name, or `undefined` (Kafka's `Topic.validate`). */
export function invalidTopicName(name: string): string | undefined {
  const reason = complaint(name)
  return reason === undefined ? undefined : `Topic name is invalid: ${reason}`
}

/** Returns the name as it appears in metrics. Two topics with the same result cannot coexist. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}

/** Whether the name can collide with another. */
export function canCollide(name: string): boolean {
  return name.includes('.') || name.includes('_')
}

function complaint(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > MAX_NAME_LENGTH)
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  return undefined
}
