import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { brokerConfigs } from '../../../src/controller/config/broker-configs.ts'
import {
  brokerConfigsWithEffect,
  topicConfigsWithEffect,
} from '../../../src/controller/config/effective-configs.ts'
import { topicConfigs } from '../../../src/controller/config/topic-configs.ts'
import { topicConfigSynonyms } from '../../../src/controller/config/topic-synonyms.ts'
import { sourceFiles } from '../../support/source-files.ts'

const source = sourceFiles('src')
  .filter(({ path }) => !path.startsWith('src/controller/config/'))
  .map(({ text }) => text)
  .join('\n')

/** Configs that are read by a part of their name, after `offsets.topic` and the like. */
const INTERNAL_TOPIC = /^(offsets\.topic|transaction\.state\.log|share\.coordinator\.state\.topic)/

/** The defaults of group configs are read by the name of the group config. */
const DEFAULT_OF_GROUPS = /^group\.(?=consumer|share|streams)/

/** Bounds are listed for consumer groups, and exist for share and streams groups too. */
const BOUND_OF_OTHER_GROUPS = /^group\.(share|streams)\.(min|max)\.(session|heartbeat|assignment)\./

/** Configs that all kinds of groups have are read as `${kind}.session.timeout.ms` and the like. */
const KIND_OF_GROUPS = /^group\.(consumer|share|streams)(?=\.)/

/** The names of bounds that all kinds of groups have are composed. */
const COMPOSED_BOUND = /^group\.(consumer|share|streams)\.(min|max)\./

/** Configs that are read only to validate or to describe configs. */
const readWithoutEffect = new Set([
  'min.insync.replicas',
  'remote.log.storage.system.enable',
  'transaction.state.log.min.isr',
  'share.coordinator.state.topic.min.isr',
  'compression.lz4.level',
  'group.streams.assignors',
  'unclean.leader.election.enable',
  'log.dirs',
  'log.dir',
])

it('every config that takes effect is read somewhere', () => {
  const inherited = new Set(topicConfigSynonyms.values())
  const names = [...brokerConfigsWithEffect()].filter((name) => !inherited.has(name))
  const unread = [...names, ...topicConfigsWithEffect()].filter(
    (name) =>
      !source.includes(`'${name}'`) &&
      !source.includes(name.replace(INTERNAL_TOPIC, '')) &&
      !source.includes(`\`${name.replace(KIND_OF_GROUPS, '${kind}')}\``) &&
      !source.includes(`'${name.replace(COMPOSED_BOUND, '')}'`) &&
      !source.includes(`'${name.replace(DEFAULT_OF_GROUPS, '')}'`),
  )
  expect(unread).toEqual([])
})

it('every config that is read takes effect', () => {
  const reads = source.matchAll(/\b(?:number|boolean|string|list|#?inMs)\('([a-z][a-z0-9.]+)'/g)
  const names = [...reads].map(([, name]) => name!)
  expect(names.length).toBeGreaterThan(40)
  const effective = new Set([...brokerConfigsWithEffect(), ...topicConfigsWithEffect()])
  const known = names.filter((name) => name in brokerConfigs || name in topicConfigs)
  const missing = known.filter((name) => !effective.has(name) && !readWithoutEffect.has(name))
  expect([...new Set(missing)]).toEqual([])
})

it('docs/configuration.md lists the configs that take effect', () => {
  const docs = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const section = docs.slice(docs.indexOf("## Kafka's configs"))
  const inherited = new Set(topicConfigSynonyms.values())
  const units = /\.(hours|minutes)$|^log\.(roll|flush)\./
  const names = [...brokerConfigsWithEffect()].filter(
    (name) =>
      (!inherited.has(name) || name in topicConfigs) &&
      !units.test(name) &&
      !BOUND_OF_OTHER_GROUPS.test(name) &&
      !/^(transaction|share)\./.test(name),
  )
  const unlisted = [...names, ...topicConfigsWithEffect()].filter(
    (name) => !section.includes(`\`${name}`),
  )
  expect(unlisted).toEqual([])
})
