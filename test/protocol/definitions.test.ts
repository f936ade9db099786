import { describe, expect, test } from 'vitest'

import { allApis, apis } from '../support/all-apis.ts'
import { officialDefinitions, rangeOf, schemaOf } from '../support/definitions.ts'
import type { Definition } from '../support/definitions.ts'
import { knownSchemas } from '../support/known-schemas.ts'
import { layoutOf } from '../support/layout.ts'
import { readJsonLines } from '../support/json-lines.ts'

interface SampleLine {
  readonly folder: string
  readonly definition: Definition
}

const sample = readJsonLines<SampleLine>(new URL('golden/definitions.jsonl', import.meta.url))

describe('a sample of Kafka’s message definitions', () => {
  for (const { folder, definition } of sample) {
    test(`${definition.name} has every field of ${folder}`, () => {
      expectSameLayout(definition)
    })
  }
})

for (const folder of ['messages', 'messages-3.9.2', 'internal-messages']) {
  const definitions = officialDefinitions(folder)
  const title = definitions === undefined ? `${folder} (skipped: ../shared is not here)` : folder
  describe.skipIf(definitions === undefined)(title, () => {
    for (const definition of [...(definitions?.values() ?? [])].filter(isServed)) {
      const changed = folder !== 'messages' && definition.name === CHANGED_SINCE_EARLY_ACCESS
      const why = changed ? ' (skipped: it has changed since, while nobody was to use it)' : ''
      test.skipIf(changed)(`${definition.name} has every field of ${folder}${why}`, () => {
        expectSameLayout(definition)
      })
    }
  })
}

const current = officialDefinitions('messages')
const legacy = officialDefinitions('messages-3.9.2')
const missing = current === undefined ? ' (skipped: ../shared is not here)' : ''

describe.skipIf(current === undefined)(`the API keys of 4.4${missing}`, () => {
  test('are those of brokers in the definitions', () => {
    const served = [...current!.values()]
      .filter(({ type, listeners }) => type === 'request' && listeners?.includes('broker'))
      .map(({ apiKey, name }) => `${apiKey} ${name.replace(/Request$/, '')}`)
    expect(allApis.map(({ key, name }) => `${key} ${name}`).toSorted()).toEqual(served.toSorted())
    expect(apis.size).toBe(79)
  })

  test('have the versions of 3.9 and 4.4, and the range that 4.4 serves', () => {
    for (const api of allApis) {
      const now = current!.get(`${api.name}Request`)!
      const before = legacy!.get(oldName(`${api.name}Request`))
      const { min, max } = rangeOf(now.validVersions)!
      const old = rangeOf(before?.validVersions) ?? { min, max }
      // Versions that are unstable in Kafka are disabled by default.
      const lastStable = now.latestVersionUnstable ? max - 1 : max
      expect(api.current, api.name).toEqual({ min, max: lastStable })
      expect(api.latestVersionUnstable).toBe(now.latestVersionUnstable === true)
      expect(api.versions, api.name).toEqual({
        min: Math.min(min, old.min),
        max: Math.max(max, old.max),
      })
      expect(api.flexible, api.name).toBe(rangeOf(now.flexibleVersions)?.min)
    }
  })
})

test('no schema of the protocol layer is without an official definition', () => {
  if (current === undefined) return
  const internal = officialDefinitions('internal-messages')!
  const unofficial = [...knownSchemas.keys()].filter(
    (name) => !current.has(name) && !internal.has(name),
  )
  expect(unofficial).toEqual([])
})

/** Compares field by field, in every version of the definition. */
function expectSameLayout(definition: Definition): void {
  const own = knownSchemas.get(newName(definition.name))
  expect(own, `${definition.name} has a schema`).toBeDefined()
  const official = schemaOf(definition)
  const { min, max } = official.versions
  for (let version = min; version <= max; version++) {
    const theirs = layoutOf(official, version).map((line) => renamed(definition.name, line))
    expect(layoutOf(own!, version), `${definition.name} v${version}`).toEqual(theirs)
  }
}

/**
 * Share groups were in early access in 3.9, and 4.x added a field to this version without a new
 * number. 4.4 is used.
 */
const CHANGED_SINCE_EARLY_ACCESS = 'ReadShareGroupStateSummaryResponse'

/**
 * Requests that only controllers handle, and those that were removed with ZooKeeper, have no schema
 * here.
 */
function isServed(definition: Definition): boolean {
  if (definition.type !== 'request' && definition.type !== 'response') return true
  return apis.has(definition.apiKey!)
}

/** 4.x renamed some fields without a change of their bytes. */
function renamed(message: string, line: string): string {
  switch (message) {
    case 'ListClientMetricsResourcesResponse':
      return line
        .replace(/^clientMetricsResources\.name /, 'configResources.resourceName ')
        .replace(/^clientMetricsResources /, 'configResources ')
    case 'TxnOffsetCommitRequest':
      return line.replace(/^generationId /, 'generationIdOrMemberEpoch ')
  }
  return line
}

const newName = (name: string): string =>
  name.replace('ListClientMetricsResources', 'ListConfigResources')
const oldName = (name: string): string =>
  name.replace('ListConfigResources', 'ListClientMetricsResources')
