import type { DecodedFields, EncodableFields, Fields, VersionRange } from './field.ts'
import { MessageSchema } from './message-schema.ts'
import type { SchemaOptions } from './message-schema.ts'

/**
 * The versions of an API: `versions` has all of 3.9 and 4.4; the others are those that 4.4 serves
 * and advertises.
 */
export interface ApiOptions extends SchemaOptions {
  /** The versions that a 4.4 broker serves, if these are fewer. */
  readonly current?: readonly [min: number, max: number]
  /**
   * The versions in a 4.4 broker's ApiVersions response, if these differ; null if it does not
   * contain the key.
   */
  readonly advertised?: readonly [min: number, max: number] | null
  /**
   * Whether the latest version is in development: a 4.4 broker serves and advertises it only with
   * `unstable.api.versions.enable`.
   */
  readonly latestVersionUnstable?: true
}

/** An API key of the Kafka protocol: its request and response in all versions. */
export class Api<
  Req extends Fields = Fields,
  Res extends Fields = Fields,
  K extends number = number,
  N extends string = string,
> {
  readonly key: K
  readonly name: N
  /** All known versions: the union of those of 3.9 and 4.4. */
  readonly versions: VersionRange
  /** The versions that a 4.4 broker serves; requests with other versions close the connection. */
  readonly current: VersionRange
  /**
   * The versions in a 4.4 broker's ApiVersions response; `undefined` if it does not contain the
   * key.
   */
  readonly advertised: VersionRange | undefined
  /** Whether a 4.4 broker serves the latest version only with `unstable.api.versions.enable`. */
  readonly latestVersionUnstable: boolean
  /** The first version with compact lengths and tagged fields; `undefined` if there is none. */
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
    this.latestVersionUnstable = options.latestVersionUnstable ?? false
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

  /** Returns the version of the request header. */
  requestHeaderVersion(version: number): 1 | 2 {
    return this.isFlexible(version) ? 2 : 1
  }

  /**
   * Returns the version of the response header. For ApiVersions it is always 0: the client does not
   * know the broker's versions yet (KIP-511).
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

/** A decoded request with all fields. */
export type RequestOf<A> = DecodedFields<FieldsOfRequest<A>>
/** A decoded response with all fields. */
export type ResponseOf<A> = DecodedFields<FieldsOfResponse<A>>
/** A request to encode. Fields with a default and tagged fields may be omitted. */
export type RequestInput<A> = EncodableFields<FieldsOfRequest<A>>
/** A response to encode. Fields with a default and tagged fields may be omitted. */
export type ResponseInput<A> = EncodableFields<FieldsOfResponse<A>>
/** A response without its throttle time, which the broker sets in one place. */
export type ResponseBody<A> = Omit<ResponseInput<A>, 'throttleTimeMs'>
