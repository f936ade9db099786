import { allApis } from './messages/index.ts'

type KeysByName = {
  readonly [A in (typeof allApis)[number] as A['name']]: A['key']
}

/** The API keys that brokers answer, by Kafka's names: `ApiKeys.ListOffsets` is 2. */
export const ApiKeys = Object.fromEntries(allApis.map((api) => [api.name, api.key])) as KeysByName
