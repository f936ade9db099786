/** @import { Scenario } from '../types.ts' */
import { compressedScenarios } from './compressed.mjs'
import { firstRecordScenarios } from './first-record.mjs'
import { groupJoin } from './group-join.mjs'
import { idle } from './idle.mjs'
import { largeGroupScenarios } from './large-group.mjs'
import { inProcess } from './in-process.mjs'
import { kafkajsProduce100B, kafkajsProduce1KB } from './kafkajs-produce.mjs'
import { librdkafka100B, librdkafka1KB } from './librdkafka.mjs'
import { oldRecords } from './old-records.mjs'
import { roundTrip } from './round-trip.mjs'
import { shareFetch } from './share-fetch.mjs'
import { start } from './start.mjs'
import { storedMemory } from './stored-memory.mjs'
import { storedStateScenarios } from './stored-state.mjs'
import { storedPartitions } from './stored-partitions.mjs'
import { transactionScenarios } from './transactions.mjs'

/** @type {readonly Scenario[]} */
export const scenarios = [
  start,
  inProcess,
  idle,
  librdkafka100B,
  librdkafka1KB,
  kafkajsProduce100B,
  kafkajsProduce1KB,
  ...compressedScenarios,
  roundTrip,
  storedMemory,
  oldRecords,
  storedPartitions,
  groupJoin,
  ...firstRecordScenarios,
  ...largeGroupScenarios,
  shareFetch,
  ...transactionScenarios,
  ...storedStateScenarios,
]
