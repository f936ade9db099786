import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'

/** Sections of the recording whose API keys are not emulated yet. */
export const sectionsNotServed: ReadonlySet<string> = new Set(['Admin', 'Consumer group (KIP-848)'])

/** The API keys that are served. Their ranges in ApiVersions are compared. */
const servedKeys: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33,
  35, 37, 42, 43, 44, 45, 46, 47, 57, 60, 61, 64, 65, 66, 74, 75,
])

/** Exchanges that differ from the recording, each with its reason. */
export const knownDifferences: ReadonlyMap<string, string> = new Map([
  [
    'DescribeConfigs / broker 1, all, synonyms + documentation / v4',
    'ports and paths are its own, and the controller has no port',
  ],
])

interface ApiVersionsAnswer {
  readonly apiKeys: readonly { apiKey: number }[]
  readonly finalizedFeatures?: readonly { name: string }[]
}

/**
 * Returns the names of the ApiVersions exchanges that agree with the recording, without the API
 * keys that are not served.
 */
export async function apiVersionsAgree(recording: string, answers: string): Promise<Set<string>> {
  const [wanted, got] = await Promise.all([read(recording), read(answers)])
  return new Set(
    [...got]
      .filter(([name, answer]) => {
        const recorded = wanted.get(name)
        return recorded !== undefined && isDeepStrictEqual(comparable(recorded), comparable(answer))
      })
      .map(([name]) => name),
  )
}

/** Removes values that change and keys that are not served. The order of features is ignored. */
function comparable(answer: ApiVersionsAnswer): object {
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
  return {
    ...answer,
    apiKeys: answer.apiKeys.filter(({ apiKey }) => servedKeys.has(apiKey)),
    finalizedFeatures: answer.finalizedFeatures?.toSorted(byName),
    finalizedFeaturesEpoch: '*',
  }
}

async function read(path: string): Promise<Map<string, ApiVersionsAnswer>> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  return new Map(
    lines
      .map((line) => JSON.parse(line))
      .filter(({ section }) => section === 'ApiVersions')
      .map(({ name, response }) => [name, response]),
  )
}
