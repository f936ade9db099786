import { errorName } from '../../../src/protocol/error-code.ts'

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'
const errorFields: ReadonlySet<string> = new Set([
  'errorCode',
  'partitionErrorCode',
  'acknowledgeErrorCode',
])

/** How the fields of requests and responses are written. */
export interface TextFields {
  /** The fields of requests that contain names, which get the prefix of their scenario. */
  readonly names: ReadonlySet<string>
  /** The fields of requests that are sent unchanged, with all that they contain. */
  readonly unchanged: ReadonlySet<string>
  /** Omitted: it depends on the order of scenarios, or is the same in all of them. */
  readonly omitted: ReadonlySet<string>
  /** Omitted if they are empty. */
  readonly optional: ReadonlySet<string>
}

/**
 * Writes requests and responses as text that is the same on every broker: names without the prefix
 * of their scenario, error codes by name, lists in a fixed order.
 */
export class ExchangeTexts {
  readonly #prefix: string
  readonly #fields: TextFields
  readonly #idNames = new Map<string, string>()

  constructor(prefix: string, fields: TextFields) {
    this.#prefix = prefix
    this.#fields = fields
  }

  /** From now on the id is written as `id of name`. */
  nameTopic(topicId: string, name: string): void {
    this.#idNames.set(topicId, `id of ${name}`)
  }

  /** From now on the id is written as this name, also within messages. */
  nameId(id: string, name: string): void {
    this.#idNames.set(id, name)
  }

  isNamed(id: string): boolean {
    return this.#idNames.has(id)
  }

  /** Returns the name that brokers see. Internal topics and the empty name have no prefix. */
  prefixed(name: string): string {
    return name === '' || name.startsWith('__') ? name : this.#prefix + name
  }

  /** Whether a name that the broker sees is of this scenario. */
  isPrefixed(name: string): boolean {
    return name.startsWith(this.#prefix)
  }

  /** Returns a request with the names that brokers see. */
  withPrefix<T>(request: T, field = ''): T {
    if (this.#fields.unchanged.has(field)) return request
    if (typeof request === 'string') {
      return (this.#fields.names.has(field) ? this.prefixed(request) : request) as T
    }
    if (Array.isArray(request)) return request.map((item) => this.withPrefix(item, field)) as T
    if (request === null || typeof request !== 'object' || request instanceof Uint8Array) {
      return request
    }
    return Object.fromEntries(
      Object.entries(request).map(([key, value]) => [key, this.withPrefix(value, key)]),
    ) as T
  }

  of(value: unknown, field = ''): string {
    if (value instanceof Uint8Array) return this.bytes(value, field)
    if (typeof value === 'string') return this.string(value, field)
    if (typeof value === 'number') return this.number(value, field)
    if (Array.isArray(value)) {
      return `[${value
        .map((item) => this.of(item, field))
        .toSorted(byNumberThenText)
        .join(', ')}]`
    }
    if (typeof value === 'object' && value !== null) {
      const { omitted, optional } = this.#fields
      const fields = Object.entries(value).filter(
        ([key, item]) => !omitted.has(key) && !(optional.has(key) && isEmpty(item)),
      )
      return `{${fields.map(([key, item]) => `${key}: ${this.of(item, key)}`).join(', ')}}`
    }
    return String(value)
  }

  protected bytes(value: Uint8Array, _field: string): string {
    return JSON.stringify(Buffer.from(value).toString())
  }

  protected string(value: string, _field: string): string {
    const named = this.#idNames.get(value)
    if (named !== undefined) return named
    if (value === ZERO_UUID) return 'no id'
    let text = value.replaceAll(this.#prefix, '')
    for (const [id, name] of this.#idNames) text = text.replaceAll(id, `<${name}>`)
    return JSON.stringify(text)
  }

  protected number(value: number, field: string): string {
    return errorFields.has(field) ? errorName(value) : String(value)
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === null || value === -1 || value === ZERO_UUID
}

/** Brokers list most things in no order. */
function byNumberThenText(a: string, b: string): number {
  return Number(a) - Number(b) || (a < b ? -1 : 1)
}
