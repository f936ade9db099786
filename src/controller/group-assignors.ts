import { parseList } from './config/config-value.ts'
import { invalid } from './config/validators.ts'

type Kind = 'consumer' | 'share' | 'streams'

/** The configs of a broker. */
interface AssignorConfig {
  list(name: `group.${Kind}.assignors`): readonly string[]
}

const API = 'org.apache.kafka.coordinator.group.api'
const CONSUMER = 'org.apache.kafka.coordinator.group.assignor'
const STREAMS = 'org.apache.kafka.coordinator.group.streams.assignor'

/** Kafka's assignors: the name of each class, and of the interface that the kind requires. */
const assignorsOfKinds: Readonly<
  Record<Kind, { readonly base: string; readonly names: ReadonlyMap<string, string> }>
> = {
  consumer: {
    base: `${API}.assignor.ConsumerGroupPartitionAssignor`,
    names: new Map([
      [`${CONSUMER}.UniformAssignor`, 'uniform'],
      [`${CONSUMER}.RangeAssignor`, 'range'],
    ]),
  },
  share: {
    base: `${API}.assignor.ShareGroupPartitionAssignor`,
    names: new Map([[`${CONSUMER}.SimpleAssignor`, 'simple']]),
  },
  streams: {
    base: `${API}.streams.assignor.TaskAssignor`,
    names: new Map([[`${STREAMS}.StickyTaskAssignor`, 'sticky']]),
  },
}

/**
 * Returns the names of the broker's assignors, which the config may give by their classes; the
 * first is the default. Java classes of users are not loaded: without any other assignor the broker
 * has Kafka's first one.
 */
export function assignorNames(kind: Kind, config: AssignorConfig): readonly string[] {
  const { names } = assignorsOfKinds[kind]
  const builtIn = [...names.values()]
  const written = config.list(`group.${kind}.assignors`).map((each) => names.get(each) ?? each)
  const known = written.filter((name) => builtIn.includes(name))
  return known.length > 0 ? known : builtIn.slice(0, 1)
}

/** Returns the error for an assignor that Kafka does not have. Java classes of users may exist. */
export function wrongAssignors(kind: Kind, written: string): string | undefined {
  const config = `group.${kind}.assignors`
  const { base, names } = assignorsOfKinds[kind]
  const builtIn = [...names.values()]
  const others = Object.values(assignorsOfKinds).filter((each) => each.base !== base)
  const found = new Set<string>()
  for (const assignor of new Set(parseList(written))) {
    const name = names.get(assignor) ?? assignor
    if (others.some((each) => each.names.has(name))) {
      return invalid(config, assignor, `Class is not an instance of ${base}`)
    }
    if (!builtIn.includes(name) && !name.includes('.')) {
      return invalid(config, assignor, 'Class cannot be found')
    }
    // Kafka does not look for a second share assignor of the same name: there must be only one.
    if (kind !== 'share' && found.has(name)) {
      const problem = `Assignor name '${name}' is already registered by another configured assignor. Assignor names, whether built-in or custom, must be unique`
      return invalid(config, assignor, problem)
    }
    found.add(name)
  }
  return undefined
}
