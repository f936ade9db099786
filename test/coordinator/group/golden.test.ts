import { expect, test } from 'vitest'
import { decodeRequestHeader } from '../../../src/protocol/frame.ts'
import { apis } from '../../support/all-apis.ts'
import type { GroupCoordinator } from '../../../src/coordinator/group/group-coordinator.ts'
import type { GroupRequestContext } from '../../../src/coordinator/group/group-request-context.ts'
import { sharedData } from '../../support/shared-data.ts'
import { FakeConnection, Harness } from './support.ts'
import { readJsonLines } from '../../support/json-lines.ts'

const apiOf = (key: number) => apis.get(key)

interface Exchange {
  readonly section: string
  readonly name: string
  readonly api: string
  readonly key: number
  readonly version: number
  readonly requestHex: string
  readonly responseHex: string
}

const path = sharedData('golden-broker-4.4.0.jsonl')

/** They were recorded in this order. */
const sections = new Set(['Classic group', 'Consumer group (KIP-848)'])

/** Classic groups do not become consumer groups yet. */
const UPGRADE = 'join of a classic group'

/** The correlation id, and the empty tagged fields of header version 1. */
const RESPONSE_HEADER_SIZE = [4, 5]

/** The ids that the recorded broker gave to members, and our ids for them. */
class MemberIds {
  readonly #ours = new Map<string, string>()
  readonly #recorded = new Map<string, string>()

  match(recorded: string, ours: string): void {
    if (recorded === '' || this.#ours.has(recorded)) return
    this.#ours.set(recorded, ours)
    this.#recorded.set(ours, recorded)
  }

  toOurs(value: unknown): unknown {
    return mapStrings(value, (text) => this.#ours.get(text) ?? text)
  }

  toRecorded(value: unknown): unknown {
    return mapStrings(value, (text) => this.#recorded.get(text) ?? text)
  }
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]),
  )
}

/** Sorts the groups, and omits authorized operations, which the broker's handler adds. */
function comparable(response: unknown): unknown {
  const { groups, results, ...rest } = response as Record<
    string,
    Record<string, unknown>[] | undefined
  >
  const sorted = (list: Record<string, unknown>[] | undefined) =>
    list
      ?.map((group): Record<string, unknown> => ({ ...group, authorizedOperations: undefined }))
      .toSorted((a, b) => (String(a['groupId']) < String(b['groupId']) ? -1 : 1))
  return { ...rest, groups: sorted(groups), results: sorted(results) }
}

type Method = (request: unknown, context: GroupRequestContext) => Promise<Record<string, unknown>>

function methodOf(coordinator: GroupCoordinator, api: string): Method {
  const name = api.replace(/^ConsumerGroup/, '').replace(/^./, (first) => first.toLowerCase())
  if (api.startsWith('ConsumerGroup')) {
    const consumer = coordinator.consumer as unknown as Record<string, Method>
    return (request, context) => Promise.resolve(consumer[name]!(request, context))
  }
  const parts = [coordinator.classic, coordinator.offsets, coordinator.admin]
  const part = parts.find((each) => name in each) as unknown as Record<string, Method>
  return (request, context) => Promise.resolve(part[name]!(request, context))
}

test.skipIf(path === undefined)(
  'answers as a 4.4 broker did in each recorded exchange about classic and consumer groups (skipped without the shared data)',
  async () => {
    const exchanges = readJsonLines<Exchange>(path!).filter(
      ({ section, name }) => sections.has(section) && !name.startsWith(UPGRADE),
    )
    const harness = new Harness({ profile: 'test' })
    harness.addTopic('t', '0QaGXWZiRV2uOoEYcVU3cw', 2)
    const ids = new MemberIds()
    const connection = new FakeConnection()
    for (const { name, api: apiName, key, version, requestHex, responseHex } of exchanges) {
      const api = [...apis.values()].find((candidate) => candidate.key === key)!
      const frame = Buffer.from(requestHex, 'hex')
      const { bodyStart, clientId } = decodeRequestHeader(frame, apiOf)
      const request = withBytes(api.request.decode(version, frame, bodyStart), (text) =>
        ids.toOurs(text),
      )
      const method = methodOf(harness.coordinator, apiName)
      const answer = await method(request, { apiVersion: version, clientId, connection })
      const ours = api.response.decode(version, api.response.encode(version, answer)) as object
      const start = RESPONSE_HEADER_SIZE[api.responseHeaderVersion(version)]!
      const recorded = api.response.decode(
        version,
        Buffer.from(responseHex, 'hex'),
        start,
      ) as object
      if ('memberId' in recorded && 'memberId' in ours) {
        ids.match(recorded.memberId as string, ours.memberId as string)
      }
      const expected = comparable(mapStrings(recorded, (text) => text))
      expect(comparable(ids.toRecorded(ours)), `${name}, ${apiName} v${version}`).toEqual(expected)
    }
    expect(exchanges.length).toBeGreaterThan(100)
  },
)

/** Maps the strings of a request and leaves its bytes unchanged. */
function withBytes(value: unknown, map: (text: string) => unknown): unknown {
  if (typeof value === 'string') return map(value)
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => withBytes(item, map))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBytes(item, map)]))
}
