import type { DecodedFields, EncodableFields, Fields, VersionRange } from './field.ts'
import { MessageSchema } from './message-schema.ts'
import type { SchemaOptions } from './message-schema.ts'

/** Which versions there are: `versions` holds all that 3.9 or 4.4 know; the others say what 4.4 does with them. */
export interface ApiOptions extends SchemaOptions {
  /** The versions a 4.4 broker serves, where those are fewer. */
  readonly current?: readonly [min: number, max: number]
  /** What a 4.4 broker's ApiVersions answer says, where that is something else than it serves; null when it is silent. */
  readonly advertised?: readonly [min: number, max: number] | null
}

/** One API key of the Kafka protocol: a request and its response, in all their versions. */
export class Api<
  Req extends Fields = Fields,
  Res extends Fields = Fields,
  K extends number = number,
  N extends string = string,
> {
  readonly key: K
  readonly name: N
  /** Every version known here: the union of 3.9's and 4.4's. */
  readonly versions: VersionRange
  /** The versions a 4.4 broker serves; requests of others close the connection. */
  readonly current: VersionRange
  /** The versions a 4.4 broker names in its ApiVersions answer; `undefined` when it does not name this key. */
  readonly advertised: VersionRange | undefined
  /** The first version with compact lengths and tagged fields; `undefined` when none is. */
  readonly flexible: number | undefined
  readonly request: MessageSchema<Req>
  readonly response: MessageSchema<Res>

  constructor(key: K, name: N, options: ApiOptions, request: Req, response: Res) {
    this.key = key
    this.name = name
    this.request = new MessageSchema(`${name}Request`, options, request)
    this.response = new MessageSchema(`${name}Response`, options, response)
    this.versions = this.request.versions
    this.flexible = options.flexible
    this.current = range(options.current) ?? this.versions
    this.advertised =
      options.advertised === null ? undefined : (range(options.advertised) ?? this.current)
  }

  /** Whether a version uses compact lengths and tagged fields. */
  isFlexible(version: number): boolean {
    return this.flexible !== undefined && version >= this.flexible
  }

  /** Whether a 4.4 broker serves a version. */
  isCurrent(version: number): boolean {
    return version >= this.current.min && version <= this.current.max
  }

  /** The version of the header before a request. */
  requestHeaderVersion(version: number): 1 | 2 {
    return this.isFlexible(version) ? 2 : 1
  }

  /**
   * The version of the header before a response. That of ApiVersions is always 0: the client does not know yet what the
   * broker understands (KIP-511).
   */
  responseHeaderVersion(version: number): 0 | 1 {
    return this.isFlexible(version) && this.key !== API_VERSIONS_KEY ? 1 : 0
  }
}

const API_VERSIONS_KEY = 18

function range(pair: readonly [number, number] | null | undefined): VersionRange | undefined {
  return pair ? { min: pair[0], max: pair[1] } : undefined
}

/** Declares an API key. */
export function api<
  Req extends Fields,
  Res extends Fields,
  const K extends number,
  const N extends string,
>(
  key: K,
  name: N,
  options: ApiOptions,
  messages: { readonly request: Req; readonly response: Res },
): Api<Req, Res, K, N> {
  return new Api(key, name, options, messages.request, messages.response)
}

type FieldsOfRequest<A> = A extends Api<infer Req, infer _Res> ? Req : never
type FieldsOfResponse<A> = A extends Api<infer _Req, infer Res> ? Res : never

/** A decoded request: all fields are there. */
export type RequestOf<A> = DecodedFields<FieldsOfRequest<A>>
/** A decoded response: all fields are there. */
export type ResponseOf<A> = DecodedFields<FieldsOfResponse<A>>
/** A request to encode: fields with a default and tagged fields may be left out. */
export type RequestInput<A> = EncodableFields<FieldsOfRequest<A>>
/** A response to encode: fields with a default and tagged fields may be left out. */
export type ResponseInput<A> = EncodableFields<FieldsOfResponse<A>>
/** A response without its throttle time, which the broker sets for all of them in one place. */
export type ResponseBody<A> = Omit<ResponseInput<A>, 'throttleTimeMs'>
