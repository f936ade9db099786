import { InvalidArgumentError } from 'commander'

/** Returns a parser of whole numbers. `commander` adds the name of the option to its message. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
      throw new InvalidArgumentError(`It must be a whole number ${range}.`)
    }
    return value
  }
}

/** Returns a parser for an option that may be given several times. */
export function repeatable<T>(
  parse: (text: string) => T,
): (text: string, previous: T[] | undefined) => T[] {
  return (text, previous = []) => [...previous, parse(text)]
}

export interface KeyValue {
  readonly key: string
  readonly value: string
}

/** Parses `key=value`. The value may be empty, and may contain equal signs. */
export function keyValue(text: string): KeyValue {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be key=value.')
  return { key: text.slice(0, at), value: text.slice(at + 1) }
}

export interface BrokerConfig extends KeyValue {
  readonly brokerId: number
}

/** Parses `id:key=value`. */
export function brokerConfig(text: string): BrokerConfig {
  const [, id, key, value] = /^(\d+):([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined) {
    throw new InvalidArgumentError('It must be id:key=value, for example 1:broker.rack=a.')
  }
  return { brokerId: Number(id), key: key!, value: value! }
}

/** Parses `id=rack`, as a config of the broker. */
export function brokerRack(text: string): BrokerConfig {
  const [, id, value] = /^(\d+)=(.+)$/s.exec(text) ?? []
  if (id === undefined) throw new InvalidArgumentError('It must be id=rack, for example 1=a.')
  return { brokerId: Number(id), key: 'broker.rack', value: value! }
}

export type FeatureLevel = readonly [name: string, level: number]

/** Parses `name=level`. */
export function featureLevel(text: string): FeatureLevel {
  const [, name, level] = /^([^=]+)=(-?\d+)$/.exec(text) ?? []
  if (name === undefined) {
    throw new InvalidArgumentError('It must be name=level, for example transaction.version=1.')
  }
  return [name, Number(level)]
}

export interface TopicSpec {
  readonly name: string
  readonly partitions?: number
  readonly replicas?: number
}

/** Parses `name[:partitions[:replicas]]`. */
export function topicSpec(text: string): TopicSpec {
  const [, name, partitions, replicas] = /^([\w.-]+)(?::(\d+)(?::(\d+))?)?$/.exec(text) ?? []
  if (name === undefined || partitions === '0' || replicas === '0') {
    throw new InvalidArgumentError('It must be name[:partitions[:replicas]], for example orders:3.')
  }
  return {
    name,
    ...(partitions !== undefined && { partitions: Number(partitions) }),
    ...(replicas !== undefined && { replicas: Number(replicas) }),
  }
}

export interface PartitionsSpec {
  readonly topic: string
  /** `undefined` means all. */
  readonly partitions: readonly number[] | undefined
}

/** Parses `topic[:partition,partition…]`. */
export function partitionsSpec(text: string): PartitionsSpec {
  const [, topic, partitions] = /^([\w.-]+)(?::(\d+(?:,\d+)*))?$/.exec(text) ?? []
  if (topic === undefined)
    throw new InvalidArgumentError('It must be topic[:partition,…], for example orders:0,1.')
  return { topic, partitions: partitions?.split(',').map(Number) }
}

/** Returns configs by name. The last value of a name counts. */
export function toConfigs(entries: readonly KeyValue[] | undefined): Record<string, string> {
  return Object.fromEntries((entries ?? []).map(({ key, value }) => [key, value]))
}

/**
 * Replaces `\n`, `\t`, `\r`, `\0`, `\\` and `\xHH` in a delimiter or a format by the characters
 * that they mean.
 */
export function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|([nrt0\\]))/g,
    (_, hex: string | undefined, name: string) =>
      hex === undefined ? ESCAPES[name]! : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  '\\': '\\',
}
