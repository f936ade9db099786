import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dynamicOnlyConfigs } from '../../../src/controller/config/broker/dynamic-only.ts'
import { brokerConfigs } from '../../../src/controller/config/broker-configs.ts'
import { clientMetricsConfigs } from '../../../src/controller/config/client-metrics-configs.ts'
import type { ConfigTable } from '../../../src/controller/config/config-def.ts'
import { validateConfig } from '../../../src/controller/config/config-value.ts'
import { groupConfigs } from '../../../src/controller/config/group-configs.ts'
import { groupConfigSynonyms } from '../../../src/controller/config/group-synonyms.ts'
import { topicConfigs } from '../../../src/controller/config/topic-configs.ts'
import { topicConfigSynonyms } from '../../../src/controller/config/topic-synonyms.ts'
import { sharedData } from '../../support/shared-data.ts'

interface Official {
  name: string
  type: string
  default: string | null
  validValues: string | null
  importance: string
  internal: boolean
  updateMode?: string
  documentation: string
  brokerSynonym?: string | null
  brokerSynonyms?: { name: string }[]
}

const path = sharedData('kafka-configs.json')
if (path === undefined) console.log("skipped: Kafka's own config definitions are not here")

describe.skipIf(path === undefined)("the config tables hold what Kafka's do", () => {
  const official = JSON.parse(path === undefined ? '{}' : readFileSync(path, 'utf8')) as Record<
    string,
    Official[]
  >
  const tables: [string, ConfigTable][] = [
    ['topic', topicConfigs],
    ['broker', brokerConfigs],
    ['brokerDynamicOnly', dynamicOnlyConfigs],
    ['group', groupConfigs],
    ['clientMetrics', clientMetricsConfigs],
  ]

  it.each(tables)('%s: names, types, defaults, importance, visibility', (name, table) => {
    const facts = official[name]!.map((config) => [
      config.name,
      config.type,
      config.default,
      config.importance,
      config.internal,
    ])
    const rows = Object.entries(table).map(([config, def]) => [
      config,
      def.type,
      def.default,
      def.importance,
      def.internal,
    ])
    expect(rows.sort()).toEqual(facts.sort())
  })

  it('broker: configs that can be changed at run time', () => {
    for (const { name, updateMode } of official['broker']!)
      expect([name, (brokerConfigs as ConfigTable)[name]!.updateMode]).toEqual([name, updateMode])
  })

  it.each(tables)('%s: both ends of every range, and nothing beyond', (name, table) => {
    for (const config of official[name]!) {
      const range = /^\[(-?[\d.]+),\.\.\.(?:,(-?[\d.]+))?\]$/.exec(config.validValues ?? '')
      if (range === null) continue
      const def = table[config.name]!
      const step = def.type === 'DOUBLE' ? 0.001 : 1
      const [min, max] = [Number(range[1]), range[2] === undefined ? undefined : Number(range[2])]
      expect(validateConfig(config.name, def, String(min))).toBeUndefined()
      expect(validateConfig(config.name, def, String(min - step))).toContain('at least')
      if (max === undefined) continue
      expect(validateConfig(config.name, def, String(max))).toBeUndefined()
      expect(validateConfig(config.name, def, String(max + step))).toContain('no more than')
    }
  })

  it.each(tables)('%s: every default passes its own validation', (_name, table) => {
    for (const [name, def] of Object.entries(table)) {
      if (def.default !== null && def.default !== '')
        expect([name, validateConfig(name, def, def.default)]).toEqual([name, undefined])
    }
  })

  it.each(tables)('%s: a line of documentation of our own', (name, table) => {
    for (const { name: config, documentation } of official[name]!) {
      const line = table[config]!.documentation
      expect(line).toMatch(/^[A-Z].{10,90}\.$/)
      if (documentation !== '') expect(documentation).not.toContain(line.slice(0, -1))
    }
  })

  it('topic and group configs fall back to the same broker configs', () => {
    for (const { name, brokerSynonyms } of official['topic']!)
      expect([name, topicConfigSynonyms.get(name)]).toEqual([name, brokerSynonyms![0]?.name])
    for (const { name, brokerSynonym } of official['group']!)
      expect([name, groupConfigSynonyms.get(name) ?? null]).toEqual([name, brokerSynonym])
  })
})
