import * as consumerProtocol from '../../src/protocol/consumer-protocol.ts'
import { RequestHeader, ResponseHeader } from '../../src/protocol/headers.ts'
import { metadataRecords } from '../../src/protocol/internal/cluster-metadata.ts'
import * as consumerGroups from '../../src/protocol/internal/consumer-group-records.ts'
import * as controlRecords from '../../src/protocol/internal/control-records.ts'
import { CoordinatorRecord } from '../../src/protocol/internal/coordinator-record.ts'
import { DefaultPrincipalData } from '../../src/protocol/internal/default-principal.ts'
import * as offsetsTopic from '../../src/protocol/internal/offsets-topic.ts'
import { ProducerSnapshot } from '../../src/protocol/internal/producer-snapshot.ts'
import { QuorumStateData } from '../../src/protocol/internal/quorum-state.ts'
import * as remoteLog from '../../src/protocol/internal/remote-log-metadata.ts'
import * as shareGroups from '../../src/protocol/internal/share-group-records.ts'
import * as shareState from '../../src/protocol/internal/share-state.ts'
import * as streamsGroups from '../../src/protocol/internal/streams-group-records.ts'
import { AbortedTxn } from '../../src/protocol/internal/transaction-index.ts'
import * as transactionLog from '../../src/protocol/internal/transaction-log.ts'
import { allApis } from './all-apis.ts'
import { MessageSchema } from '../../src/protocol/schema/index.ts'
import type { Fields } from '../../src/protocol/schema/index.ts'

const modules = [
  consumerProtocol,
  controlRecords,
  consumerGroups,
  offsetsTopic,
  remoteLog,
  shareGroups,
  shareState,
  streamsGroups,
  transactionLog,
]

/** All kinds of records of coordinators, by Kafka's name. */
export const coordinatorRecords: ReadonlyMap<string, CoordinatorRecord<Fields, Fields>> = new Map(
  modules
    .flatMap((module): unknown[] => Object.values(module))
    .filter((value) => value instanceof CoordinatorRecord)
    .map((record) => [record.key.name.replace(/Key$/, ''), record]),
)

/** All schemas of the protocol room, by Kafka's name. */
export const knownSchemas: ReadonlyMap<string, MessageSchema<Fields>> = new Map(
  [
    RequestHeader,
    ResponseHeader,
    DefaultPrincipalData,
    ProducerSnapshot,
    QuorumStateData,
    AbortedTxn,
    ...metadataRecords,
    ...allApis.flatMap((api): unknown[] => [api.request, api.response]),
    ...[...coordinatorRecords.values()].flatMap(({ key, value }) => [key, value]),
    ...modules.flatMap((module): unknown[] => Object.values(module)),
  ]
    .filter((value): value is MessageSchema<Fields> => value instanceof MessageSchema)
    .map((schema) => [schema.name, schema]),
)
