import { classicCases, classicCasesUrl } from './classic-cases.ts'
import { consumerCases, consumerCasesUrl } from './consumer-cases.ts'
import { kindCases, kindCasesUrl, type ModernKind } from './kind-cases.ts'
import { migrationCases, migrationCasesUrl, type MigrationPolicy } from './migration-cases.ts'
import type { Connect } from './script.ts'
import { streamsCases, streamsCasesUrl } from './streams-cases.ts'

/** Requests, and the responses of a real broker with these configs. */
export interface Recording {
  readonly title: string
  readonly url: URL
  readonly config: Readonly<Record<string, string | number>>
  readonly run: (connect: Connect) => Promise<string[]>
}

/** One partition of each topic, and no delays. */
const config = {
  'offsets.topic.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  'group.streams.initial.rebalance.delay.ms': 0,
  'group.consumer.assignment.interval.ms': 0,
  'group.share.assignment.interval.ms': 0,
  'group.streams.assignment.interval.ms': 0,
  'group.coordinator.rebalance.protocols': 'classic,consumer,streams,share',
}

export const recordings: readonly Recording[] = [
  {
    title: 'classic groups, their members and their offsets',
    url: classicCasesUrl,
    config,
    run: classicCases,
  },
  {
    title: 'consumer groups, and random histories of their members',
    url: consumerCasesUrl,
    config,
    run: consumerCases,
  },
  ...(['consumer', 'share', 'streams'] satisfies readonly ModernKind[]).map((kind) => ({
    title: `a ${kind} group that gets the requests of all kinds`,
    url: kindCasesUrl(kind),
    config,
    run: (connect: Connect) => kindCases(connect, kind),
  })),
  {
    title: 'streams groups, their topics and the descriptions of their topologies',
    url: streamsCasesUrl,
    config: {
      ...config,
      'group.streams.topology.description.plugin.class':
        'org.apache.kafka.server.streams.InMemoryTopologyDescriptionPlugin',
    },
    run: streamsCases,
  },
  ...(
    ['bidirectional', 'upgrade', 'downgrade', 'disabled'] satisfies readonly MigrationPolicy[]
  ).map((policy) => ({
    title: `members of both protocols in one group, with migration policy ${policy}`,
    url: migrationCasesUrl(policy),
    config: { ...config, 'group.consumer.migration.policy': policy },
    run: (connect: Connect) => migrationCases(connect, policy),
  })),
]
