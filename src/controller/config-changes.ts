import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerLoggers } from './broker-loggers.ts'
import { AlterConfigOperation, ConfigResourceType } from '../protocol/config-resource.ts'
import { appliedChanges } from './incremental-changes.ts'
import { errorFields } from './error-fields.ts'
import type { MetadataImage } from './metadata-image.ts'
import type {
  AlterConfigsResource,
  AlterConfigsResult,
  IncrementalAlterConfigsResource,
} from './operations.ts'
import { changedConfigsComplaint } from './policies.ts'
import type { Policies } from './policies.ts'
import { clearElrRecord, configRecord } from './records.ts'
import type { NewRecord } from './records.ts'
import { resourceComplaint, valuesComplaint } from './resource-rules.ts'

export interface ConfigChangeContext {
  readonly image: MetadataImage
  /** The broker that received the request. */
  readonly brokerId: number
  /** Of the broker that received the request. */
  readonly config: BrokerConfig
  /** Of the broker that received the request. */
  readonly loggers: BrokerLoggers
  readonly validateOnly: boolean
  readonly policies: Policies
}

/** The response, and the records that make it true. */
export interface ConfigChanges {
  readonly results: AlterConfigsResult[]
  readonly records: NewRecord[]
}

/**
 * Plans IncrementalAlterConfigs (KIP-339). Each resource gets all of its changes or none. Loggers
 * change immediately.
 */
export function planIncrementalChanges(
  context: ConfigChangeContext,
  resources: readonly IncrementalAlterConfigsResource[],
): ConfigChanges {
  return planEach(resources, (resource, records) => {
    const { resourceType, resourceName, configs } = resource
    const complaint = keysComplaint(
      configs.filter(({ configOperation }) => configOperation !== AlterConfigOperation.Delete),
      configs.map(({ name }) => name),
    )
    if (complaint !== undefined) return complaint
    const wrong = resourceComplaint(context, resourceType, resourceName, true)
    if (wrong !== undefined) return wrong
    if (resourceType === ConfigResourceType.BrokerLogger)
      return context.loggers.change(configs, context.validateOnly)
    const type = resourceType as ConfigResourceType
    const before = context.image.configs(type, resourceName)
    const after = appliedChanges(type, before, configs, context.config)
    if (after instanceof ApiError) return after
    const named = new Set(configs.map(({ name }) => name))
    // Kafka also writes the unchanged configs of a broker that a request names, so that the broker
    // loads them again.
    const rewritten = type === ConfigResourceType.Broker ? named : new Set<string>()
    const changed = changedNames(before, after, rewritten)
    const change = { resource: { type, name: resourceName }, before, after, changed }
    return planResource(context, { ...change, decided: changed }, records)
  })
}

/** Plans AlterConfigs: the given configs of a resource replace all existing ones. */
export function planReplacements(
  context: ConfigChangeContext,
  resources: readonly AlterConfigsResource[],
): ConfigChanges {
  return planEach(resources, (resource, records) => {
    const { resourceType, resourceName, configs } = resource
    const complaint =
      keysComplaint(
        configs,
        configs.map(({ name }) => name),
      ) ?? resourceComplaint(context, resourceType, resourceName, false)
    if (complaint !== undefined) return complaint
    const type = resourceType as ConfigResourceType
    const before = context.image.configs(type, resourceName)
    const after = new Map(configs.map(({ name, value }) => [name, value!]))
    const changed = changedNames(before, after, new Set())
    const change = { resource: { type, name: resourceName }, before, after, changed }
    // Kafka's policy does not see configs that are deleted because the request omits them
    // (KAFKA-14195).
    const decided = changed.filter((name) => after.has(name))
    return planResource(context, { ...change, decided }, records)
  })
}

type Resource = { readonly type: ConfigResourceType; readonly name: string }

interface ResourceChange {
  readonly resource: Resource
  readonly before: ReadonlyMap<string, string>
  readonly after: ReadonlyMap<string, string>
  /** Names of the configs that are written. */
  readonly changed: readonly string[]
  /** Those that the policy sees. */
  readonly decided: readonly string[]
}

function changedNames(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  rewritten: ReadonlySet<string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys(), ...rewritten])].filter(
    (name) => rewritten.has(name) || before.get(name) !== after.get(name),
  )
}

function planEach<R extends { readonly resourceType: number; readonly resourceName: string }>(
  resources: readonly R[],
  plan: (resource: R, records: NewRecord[]) => ApiError | undefined,
): ConfigChanges {
  const records: NewRecord[] = []
  const seen = new Map<string, number>()
  const keyOf = (resource: R) => `${resource.resourceType} ${resource.resourceName}`
  for (const resource of resources) seen.set(keyOf(resource), (seen.get(keyOf(resource)) ?? 0) + 1)
  const results = resources.map((resource): AlterConfigsResult => {
    const problem =
      seen.get(keyOf(resource))! > 1
        ? new ApiError(ErrorCode.InvalidRequest, 'Each resource must appear at most once.')
        : plan(resource, records)
    return {
      ...errorFields(problem),
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
    }
  })
  return { results, records }
}

function keysComplaint(
  valued: readonly { readonly name: string; readonly value: string | null }[],
  names: readonly string[],
): ApiError | undefined {
  if (new Set(names).size !== names.length)
    return new ApiError(ErrorCode.InvalidRequest, 'Error due to duplicate config keys')
  const unset = valued.filter(({ value }) => value === null).map(({ name }) => name)
  return unset.length === 0
    ? undefined
    : new ApiError(ErrorCode.InvalidRequest, `Null value not supported for : ${unset.join(', ')}`)
}

/**
 * Adds the records that change a resource from one state to the other, if the new state is valid.
 */
function planResource(
  context: ConfigChangeContext,
  { resource, before, after, changed, decided }: ResourceChange,
  records: NewRecord[],
): ApiError | undefined {
  const complaint =
    valuesComplaint(context, resource.type, resource.name, after) ??
    minInsyncReplicasComplaint(context.image, resource, changed, after) ??
    changedConfigsComplaint(
      context.policies,
      resource,
      decided.map((name) => [name, after.get(name) ?? null]),
    )
  if (complaint !== undefined) return complaint
  for (const name of changed) {
    records.push(configRecord(resource, name, after.get(name) ?? null))
    if (name === MIN_INSYNC_REPLICAS && before.get(name) !== after.get(name)) {
      const topic = resource.type === ConfigResourceType.Topic ? resource.name : ''
      records.push(clearElrRecord(topic))
    }
  }
  return undefined
}

const MIN_INSYNC_REPLICAS = 'min.insync.replicas'

/**
 * With eligible leader replicas (KIP-966), the cluster's `min.insync.replicas` must be set, and a
 * broker must not have its own.
 */
function minInsyncReplicasComplaint(
  image: MetadataImage,
  { type, name }: Resource,
  changed: readonly string[],
  after: ReadonlyMap<string, string>,
): ApiError | undefined {
  const hasElr = (image.features.get('eligible.leader.replicas.version') ?? 0) > 0
  if (!hasElr || type !== ConfigResourceType.Broker || !changed.includes(MIN_INSYNC_REPLICAS))
    return undefined
  if (name !== '')
    return new ApiError(
      ErrorCode.InvalidConfig,
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    )
  return after.has(MIN_INSYNC_REPLICAS)
    ? undefined
    : new ApiError(
        ErrorCode.InvalidConfig,
        'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
      )
}
