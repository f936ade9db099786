import { AlterConfigOperation, ConfigResourceType } from '../../protocol/config-resource.ts'
import { DescribeConfigs, IncrementalAlterConfigs } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import { check } from '../client-error.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { retry } from '../retry.ts'
import type { CallOptions, ChangeOptions } from './call-options.ts'
import { retryEach } from './retry-each.ts'

const operations = {
  set: AlterConfigOperation.Set,
  delete: AlterConfigOperation.Delete,
  append: AlterConfigOperation.Append,
  subtract: AlterConfigOperation.Subtract,
} as const

/** A resource that has configs. */
export interface ConfigResource {
  readonly type: Exclude<ConfigResourceType, typeof ConfigResourceType.Unknown>
  /** The name of a topic or group; the id of a broker, or empty for all brokers. */
  readonly name: string
}

/** A config with its value. */
export type ConfigEntry = ResponseOf<typeof DescribeConfigs>['results'][number]['configs'][number]

/** The configs of a resource. */
export interface ResourceConfigs extends ConfigResource {
  readonly configs: readonly ConfigEntry[]
}

/** One change of a config. `append` and `subtract` are for lists. */
export interface ConfigChange {
  readonly name: string
  readonly operation: keyof typeof operations
  /** Not for `delete`. */
  readonly value?: string | null
}

/** Describes and changes configs. */
export class ConfigsAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns all configs of the resources, in their order. */
  describe(
    resources: readonly ConfigResource[],
    { signal }: CallOptions = {},
  ): Promise<ResourceConfigs[]> {
    const { settings, closing } = this.#core
    return Promise.all(
      resources.map((resource) =>
        retry(settings, [closing, signal], async () => {
          const broker = await this.#brokerOf(resource, signal)
          const { type, name } = resource
          const response = await broker.send(DescribeConfigs, {
            resources: [{ resourceType: type, resourceName: name, configurationKeys: null }],
            includeSynonyms: true,
          })
          const { errorCode, errorMessage, configs } = response.results[0]!
          check(errorCode, `the configs of ${describeResource(resource)}`, errorMessage)
          return { ...resource, configs }
        }),
      ),
    )
  }

  /** Changes configs of one resource: all of them, or none. */
  alter(
    resource: ConfigResource,
    changes: readonly ConfigChange[],
    { signal, validateOnly = false }: ChangeOptions = {},
  ): Promise<void> {
    const operationOf = (): string => `configuring ${describeResource(resource)}`
    return retryEach(this.#core, [signal], [resource], operationOf, async () => {
      const broker = await this.#brokerOf(resource, signal)
      const response = await broker.send(IncrementalAlterConfigs, {
        resources: [
          {
            resourceType: resource.type,
            resourceName: resource.name,
            configs: changes.map(({ name, operation, value = null }) => ({
              name,
              configOperation: operations[operation],
              value,
            })),
          },
        ],
        validateOnly,
      })
      return response.responses.map(({ errorCode, errorMessage }) => ({
        item: resource,
        errorCode,
        errorMessage,
      }))
    })
  }

  /** A broker answers only for itself; any broker answers for other resources. */
  #brokerOf({ type, name }: ConfigResource, signal?: AbortSignal): Promise<BrokerConnection> {
    const { metadata } = this.#core
    const isOfBroker =
      type === ConfigResourceType.BrokerLogger ||
      (type === ConfigResourceType.Broker && name !== '')
    return isOfBroker ? metadata.broker(Number(name), undefined, [signal]) : metadata.any([signal])
  }
}

function describeResource({ type, name }: ConfigResource): string {
  switch (type) {
    case ConfigResourceType.Topic:
      return `topic ${name}`
    case ConfigResourceType.Broker:
      return name === '' ? 'all brokers' : `broker ${name}`
    case ConfigResourceType.BrokerLogger:
      return `the loggers of broker ${name}`
    case ConfigResourceType.ClientMetrics:
      return `client metrics ${name}`
    case ConfigResourceType.Group:
      return `group ${name}`
  }
}
