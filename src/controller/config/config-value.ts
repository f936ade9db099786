import type { ConfigDef, ConfigValue } from './config-def.ts'
import { LONG_MAX } from './config-def.ts'
import { invalid } from './validators.ts'

/** A valid value, and its text in Kafka's notation. */
export interface ParsedConfig {
  readonly value: ConfigValue
  readonly text: string
}

/** An invalid value. The message is the one that Kafka sends. */
export interface InvalidConfig {
  readonly invalid: string
}

/** Parses and validates the text of a value (Kafka's `ConfigDef.parseType` and `ensureValid`). */
export function parseConfig(
  name: string,
  def: ConfigDef,
  written: string,
): ParsedConfig | InvalidConfig {
  const parsed = parseType(name, def, written)
  if ('invalid' in parsed || def.validator === null) return parsed
  const complaint = def.validator(name, parsed.value, parsed.text)
  return complaint === undefined ? parsed : { invalid: complaint }
}

/** Returns the error message for an invalid value, or `undefined`. */
export function validateConfig(name: string, def: ConfigDef, written: string): string | undefined {
  const parsed = parseConfig(name, def, written)
  return 'invalid' in parsed ? parsed.invalid : undefined
}

/** Returns the value in Kafka's notation. A value that cannot be parsed is returned unchanged. */
export function renderConfig(name: string, def: ConfigDef, written: string): string {
  const parsed = parseType(name, def, written)
  return 'invalid' in parsed ? written : parsed.text
}

/** Splits a LIST at commas and trims the items. An empty string is an empty list. */
export function parseList(written: string): string[] {
  const trimmed = written.trim()
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
}

function parseType(name: string, def: ConfigDef, written: string): ParsedConfig | InvalidConfig {
  const trimmed = written.trim()
  switch (def.type) {
    case 'BOOLEAN': {
      const text = trimmed.toLowerCase()
      if (text === 'true' || text === 'false') return { value: text === 'true', text }
      return { invalid: invalid(name, written, 'Expected value to be either true or false') }
    }
    case 'INT':
      return parseWhole(name, written, 'INT', 31n)
    case 'SHORT':
      return parseWhole(name, written, 'SHORT', 15n)
    case 'LONG':
      return parseWhole(name, written, 'LONG', 63n)
    case 'DOUBLE':
      return parseDouble(name, written)
    case 'LIST': {
      const value = parseList(written)
      return { value, text: value.join(',') }
    }
    case 'CLASS':
      if (trimmed === def.default || trimmed.startsWith('org.apache.kafka.'))
        return { value: trimmed, text: trimmed }
      return { invalid: invalid(name, written, `Class ${written} could not be found.`) }
    case 'PASSWORD':
    case 'STRING':
      return { value: trimmed, text: trimmed }
  }
}

function parseWhole(
  name: string,
  written: string,
  type: string,
  bits: bigint,
): ParsedConfig | InvalidConfig {
  const trimmed = written.trim()
  if (/^[+-]?\d{1,40}$/.test(trimmed)) {
    const exact = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed)
    const limit = 1n << bits
    if (exact >= -limit && exact < limit) {
      const text = exact.toString()
      return { value: text === LONG_MAX ? Infinity : Number(exact), text }
    }
  }
  return { invalid: invalid(name, written, `Not a number of type ${type}`) }
}

function parseDouble(name: string, written: string): ParsedConfig | InvalidConfig {
  const trimmed = written.trim()
  if (!/^(NaN|[+-]?(Infinity|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[fd]?))$/i.test(trimmed))
    return { invalid: invalid(name, written, 'Not a number of type DOUBLE') }
  const value = Number(/^[^a-z]*\d.*[fd]$/i.test(trimmed) ? trimmed.slice(0, -1) : trimmed)
  return { value, text: writeDouble(value) }
}

/**
 * Formats a double as Java does: always with a fraction, with an exponent below 0.001 and from 10⁷
 * on.
 */
export function writeDouble(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa, exponent] = value.toExponential().split('e')
    return `${withFraction(mantissa!)}E${Number(exponent)}`
  }
  return withFraction(String(value))
}

function withFraction(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`
}
