import { READ_ONLY_ERROR, readOnlyMessage } from '../broker/read-only-topic.ts'
import { ConfigResourceType } from '../controller/config-resource.ts'
import type * as operations from '../controller/operations.ts'

type Operations = operations.ControllerOperations

/** The controller as brokers see it that serve some topics as they are: what would change those is refused. */
export function withReadOnlyTopics(controller: Operations, names: ReadonlySet<string>): Operations {
  const errorOf = (name: string) => ({
    errorCode: READ_ONLY_ERROR,
    errorMessage: readOnlyMessage(name),
  })
  const nameOf = ({ name, topicId }: operations.DeletableTopic): string =>
    name ?? controller.image.topicsById.get(topicId)?.name ?? ''
  const isOfTopic = (resource: { resourceType: number; resourceName: string }): boolean =>
    resource.resourceType === ConfigResourceType.Topic && names.has(resource.resourceName)
  const refuseConfigs = <R extends { resourceType: number; resourceName: string }>(
    resources: readonly R[],
    change: (allowed: readonly R[]) => operations.AlterConfigsResult[],
  ): operations.AlterConfigsResult[] => {
    const [refused, allowed] = split(resources, isOfTopic)
    return [
      ...refused.map(({ resourceType, resourceName }) => ({
        ...errorOf(resourceName),
        resourceType,
        resourceName,
      })),
      ...change(allowed),
    ]
  }
  const changes: Pick<
    Operations,
    'deleteTopics' | 'createPartitions' | 'alterConfigs' | 'incrementalAlterConfigs'
  > = {
    deleteTopics: (topics) => {
      const [refused, allowed] = split(topics, (topic) => names.has(nameOf(topic)))
      return [
        ...refused.map((topic) => ({ ...topic, ...errorOf(nameOf(topic)) })),
        ...controller.deleteTopics(allowed),
      ]
    },
    createPartitions: (topics, options) => {
      const [refused, allowed] = split(topics, ({ name }) => names.has(name))
      return [
        ...refused.map(({ name }) => ({ name, ...errorOf(name) })),
        ...controller.createPartitions(allowed, options),
      ]
    },
    alterConfigs: (resources, options) =>
      refuseConfigs(resources, (allowed) => controller.alterConfigs(allowed, options)),
    incrementalAlterConfigs: (resources, options) =>
      refuseConfigs(resources, (allowed) => controller.incrementalAlterConfigs(allowed, options)),
  }
  return new Proxy(controller, {
    get: (target, name) => {
      if (Object.hasOwn(changes, name)) return changes[name as keyof typeof changes]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function split<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))]
}
