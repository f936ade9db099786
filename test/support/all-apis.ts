import * as messages from '../../src/protocol/messages/index.ts'
import type { Api } from '../../src/protocol/schema/index.ts'

/** Every API that brokers of Kafka 4.4 serve, in the order of the keys. */
export const allApis = Object.values(messages).toSorted((a, b) => a.key - b.key)

/** The same APIs by their keys. */
export const apis: ReadonlyMap<number, Api> = new Map(allApis.map((api) => [api.key, api]))
