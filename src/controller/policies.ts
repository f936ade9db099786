import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'

/** A topic before its creation (Kafka's `CreateTopicPolicy.RequestMetadata`). */
export interface CreateTopicPolicyRequest {
  readonly topic: string
  /** With the broker's default filled in; null if the request assigns the replicas. */
  readonly numPartitions: number | null
  /** With the broker's default filled in; null if the request assigns the replicas. */
  readonly replicationFactor: number | null
  /** Broker ids by partition; null unless the request assigns the replicas. */
  readonly replicasAssignments: Readonly<Record<number, readonly number[]>> | null
  /** The configs of the topic, as they were written. */
  readonly configs: Readonly<Record<string, string>>
}

/** Configs before their change (Kafka's `AlterConfigPolicy.RequestMetadata`). */
export interface AlterConfigPolicyRequest {
  readonly resource: {
    readonly type: 'TOPIC' | 'BROKER' | 'CLIENT_METRICS' | 'GROUP'
    /** Empty for the default of all brokers. */
    readonly name: string
  }
  /**
   * The changed configs with their new values; null for a config that IncrementalAlterConfigs
   * deletes. A list that APPEND or SUBTRACT changes has its complete new value.
   */
  readonly configs: Readonly<Record<string, string | null>>
}

/** Nothing to accept, or a message to refuse. */
export type PolicyVerdict = string | null | undefined | void

/**
 * Decides on a new topic. It can also refuse by throwing an error, whose message is used. It must
 * be synchronous.
 */
export type CreateTopicPolicy = (request: CreateTopicPolicyRequest) => PolicyVerdict

/**
 * Decides on changed configs. It can also refuse by throwing an error, whose message is used. It
 * must be synchronous.
 */
export type AlterConfigPolicy = (request: AlterConfigPolicyRequest) => PolicyVerdict

/** Functions that can refuse changes, in place of Kafka's policy classes. */
export interface Policies {
  readonly createTopic?: CreateTopicPolicy | undefined
  readonly alterConfig?: AlterConfigPolicy | undefined
}

/** Returns POLICY_VIOLATION if the policy refuses the topic. */
export function newTopicComplaint(
  { createTopic }: Policies,
  request: CreateTopicPolicyRequest,
): ApiError | undefined {
  return createTopic && verdictOf('createTopicPolicy', () => createTopic(request))
}

/** Returns POLICY_VIOLATION if the policy refuses the change. `null` means a deleted config. */
export function changedConfigsComplaint(
  { alterConfig }: Policies,
  resource: { readonly type: ConfigResourceType; readonly name: string },
  configs: Iterable<readonly [string, string | null]>,
): ApiError | undefined {
  const type = typeName(resource.type)
  if (alterConfig === undefined || type === undefined) return undefined
  const { name } = resource
  const request = { resource: { type, name }, configs: Object.fromEntries(configs) }
  return verdictOf('alterConfigPolicy', () => alterConfig(request))
}

function typeName(
  type: ConfigResourceType,
): AlterConfigPolicyRequest['resource']['type'] | undefined {
  switch (type) {
    case ConfigResourceType.Topic:
      return 'TOPIC'
    case ConfigResourceType.Broker:
      return 'BROKER'
    case ConfigResourceType.ClientMetrics:
      return 'CLIENT_METRICS'
    case ConfigResourceType.Group:
      return 'GROUP'
    case ConfigResourceType.BrokerLogger:
    case ConfigResourceType.Unknown:
      return undefined
  }
}

function verdictOf(option: string, decide: () => PolicyVerdict): ApiError | undefined {
  let verdict: unknown
  try {
    verdict = decide()
  } catch (error) {
    const message = error instanceof Object && 'message' in error ? error.message : error
    return new ApiError(ErrorCode.PolicyViolation, String(message) || null)
  }
  if (verdict === undefined || verdict === null) return undefined
  if (typeof verdict === 'string') return new ApiError(ErrorCode.PolicyViolation, verdict)
  const isPromise = typeof (Object(verdict) as Partial<Promise<unknown>>).then === 'function'
  // Avoid an unhandled rejection.
  if (isPromise) void Promise.resolve(verdict).catch(() => {})
  const seen = isPromise ? 'a promise' : `a ${typeof verdict}`
  return new ApiError(
    ErrorCode.UnknownServerError,
    `${option} must return a message to refuse or nothing to accept, not ${seen}`,
  )
}
