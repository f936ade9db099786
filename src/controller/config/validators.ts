import type { Validator } from './config-def.ts'

/** Accepts numbers of at least `min` (Kafka's `Range.atLeast`). */
export function atLeast(min: number): Validator {
  return between(min, Infinity)
}

/** Accepts numbers from `min` to `max` (Kafka's `Range.between`). */
export function between(min: number, max: number): Validator {
  return (name, value, text) => {
    const number = value as number
    if (number < min) return invalid(name, text, `Value must be at least ${min}`)
    if (number > max) return invalid(name, text, `Value must be no more than ${max}`)
    return undefined
  }
}

/** Accepts one of the strings, case-sensitive (Kafka's `ValidString`). */
export function oneOf(...allowed: string[]): Validator {
  return (name, value, text) =>
    allowed.includes(value as string)
      ? undefined
      : invalid(name, text, `String must be one of: ${allowed.join(', ')}`)
}

/** Accepts one of the strings in any case (Kafka's `CaseInsensitiveValidString`). */
export function oneOfIgnoringCase(...allowed: string[]): Validator {
  return (name, value, text) =>
    allowed.includes((value as string).toUpperCase())
      ? undefined
      : invalid(name, text, `String must be one of (case insensitive): ${allowed.join(', ')}`)
}

/** Accepts any string that is not empty (Kafka's `NonEmptyString`). */
export const nonEmptyString: Validator = (name, value, text) =>
  value === '' ? invalid(name, text, 'String must be non-empty') : undefined

/**
 * Accepts a list of any values without duplicates, also an empty one (Kafka's
 * `ValidList.anyNonDuplicateValues`).
 */
export const distinct: Validator = (name, value) => checkList(name, value as string[])

const ANYTHING = 'any non-empty value'

/** Accepts a list of at least one value, without duplicates. */
export const nonEmptyDistinct: Validator = (name, value) =>
  (value as string[]).length === 0
    ? `Configuration '${name}' must not be empty. Valid values include: ${ANYTHING}`
    : checkList(name, value as string[])

/**
 * Accepts a list of the given values without duplicates, also an empty one (Kafka's
 * `ValidList.in`).
 */
export function listOf(...allowed: string[]): Validator {
  return (name, value) => checkList(name, value as string[], allowed)
}

/** Accepts a list of at least one of the given values, without duplicates. */
export function nonEmptyListOf(...allowed: string[]): Validator {
  return (name, value) =>
    (value as string[]).length === 0
      ? `Configuration '${name}' must not be empty. Valid values include: [${allowed.join(', ')}]`
      : checkList(name, value as string[], allowed)
}

/** Accepts 1 to 9, or -1 for the default level of the codec. */
export const gzipLevel: Validator = (name, value, text) =>
  value === -1 || ((value as number) >= 1 && (value as number) <= 9)
    ? undefined
    : invalid(name, text, 'Value must be between 1 and 9 or equal to -1')

/** Accepts `*`, or a list of partition:broker. */
export const throttledReplicas: Validator = (name, value) => {
  const replicas = value as string[]
  if (replicas[0]?.trim() === '*' || replicas.every((replica) => /^\d+:\d+$/.test(replica.trim())))
    return undefined
  return invalid(
    name,
    `[${replicas.join(', ')}]`,
    `${name} must be the literal '*' or a list of replicas in the following format: ` +
      '[partitionId]:[brokerId],[partitionId]:[brokerId],...',
  )
}

/**
 * `host:port` as Kafka's `Utils.getHost` accepts it, with or without brackets around an IPv6
 * address.
 */
const HOST_AND_PORT = /^(.*:\/\/)?\[?[0-9a-zA-Z\-%._:]*\]?:\d+$/

/** Accepts controllers as id@host:port. */
export const quorumVoters: Validator = (name, value) => {
  for (const voter of value as string[]) {
    const [id, address, ...more] = voter.split('@')
    const form = 'Each entry should be in the form `{id}@{host}:{port}`.'
    if (address === undefined || more.length > 0)
      return `Invalid configuration value for ${name}. ${form}`
    if (!/^[+-]?\d+$/.test(id!)) return `Failed to parse voter ID as an integer from ${id}`
    if (!HOST_AND_PORT.test(address))
      return `Failed to parse host name from entry ${voter} for the configuration ${name}. ${form}`
  }
  return undefined
}

/** Accepts servers as host:port. */
export const bootstrapServers: Validator = (name, value) => {
  const wrong = (value as string[]).find((server) => !HOST_AND_PORT.test(server))
  return wrong === undefined
    ? undefined
    : `Failed to parse host name from ${wrong} for the configuration ${name}. Each entry should be in the form "{host}:{port}"`
}

/**
 * Accepts `earliest`, `latest`, or `by_duration:` with an ISO-8601 duration that is not negative
 * (KIP-932).
 */
export const shareAutoOffsetReset: Validator = (name, value, text) =>
  value === 'earliest' ||
  value === 'latest' ||
  /^by_duration:P(?=[\dT])(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i.test(text)
    ? undefined
    : invalid(
        name,
        text,
        `Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`,
      )

/** Returns an error message in the format of Kafka's `ConfigException`. */
export function invalid(name: string, text: string, reason: string): string {
  return `Invalid value ${text} for configuration ${name}: ${reason}`
}

function checkList(
  name: string,
  values: readonly string[],
  allowed?: readonly string[],
): string | undefined {
  if (new Set(values).size !== values.length)
    return `Configuration '${name}' values must not be duplicated.`
  for (const value of values) {
    if (value === '') return `Configuration '${name}' values must not be empty.`
    if (allowed !== undefined && !allowed.includes(value))
      return invalid(name, value, `String must be one of: ${allowed.join(', ')}`)
  }
  return undefined
}
