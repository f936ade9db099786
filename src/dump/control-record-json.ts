import {
  EndTxnMarker,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../protocol/internal/control-records.ts'
import type { Fields, MessageSchema } from '../protocol/schema/index.ts'
import { Reader } from '../protocol/schema/index.ts'
import { int16At } from '../record/big-endian.ts'
import { ControlRecordType, controlRecordType } from '../record/control-record.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { messageJson } from './message-json.ts'

/** The content of a control record, with the names that Kafka's tool uses. */
export interface ControlRecord {
  /** `ABORT`, `COMMIT`, `LEADER_CHANGE` and so on, or `UNKNOWN`. */
  readonly type: string
  /** The value as JSON; `undefined` for an unknown type. */
  readonly json: string | undefined
  /** The end of the record's text line. */
  readonly text: string
}

interface ControlKind {
  readonly type: string
  readonly schema: MessageSchema<Fields>
  /** The text before the JSON in a text line. */
  readonly label: string
  /** Control values start with their own version. In a transaction marker a version precedes it. */
  readonly isPrefixed?: true
}

const kinds: Readonly<Record<ControlRecordType, ControlKind>> = {
  [ControlRecordType.Abort]: marker('ABORT'),
  [ControlRecordType.Commit]: marker('COMMIT'),
  [ControlRecordType.LeaderChange]: kind('LEADER_CHANGE', LeaderChangeMessage, 'LeaderChange: '),
  [ControlRecordType.SnapshotHeader]: kind(
    'SNAPSHOT_HEADER',
    SnapshotHeaderRecord,
    'SnapshotHeader ',
  ),
  [ControlRecordType.SnapshotFooter]: kind(
    'SNAPSHOT_FOOTER',
    SnapshotFooterRecord,
    'SnapshotFooter ',
  ),
  [ControlRecordType.KRaftVersion]: kind('KRAFT_VERSION', KRaftVersionRecord, 'KRaftVersion '),
  [ControlRecordType.KRaftVoters]: kind('KRAFT_VOTERS', VotersRecord, 'KRaftVoters '),
}

function kind<F extends Fields>(
  type: string,
  schema: MessageSchema<F>,
  label: string,
): ControlKind {
  return { type, schema, label }
}

function marker(type: string): ControlKind {
  return {
    ...kind(type, EndTxnMarker, `endTxnMarker: ${type} coordinatorEpoch: `),
    isPrefixed: true,
  }
}

/**
 * Decodes a control record.
 *
 * @throws CorruptRecordError, DecodeError if it is not a valid control record
 */
export function readControlRecord({ key, value }: KafkaRecord): ControlRecord {
  const id = controlRecordType(key)
  if (id === undefined) {
    return { type: 'UNKNOWN', json: undefined, text: `controlType: UNKNOWN(${int16At(key!, 2)})` }
  }
  const { type, schema, label, isPrefixed } = kinds[id]
  const reader = new Reader(value ?? new Uint8Array(0))
  const version = reader.int16()
  if (!isPrefixed) reader.position = 0
  const json = messageJson(schema, Math.min(version, schema.versions.max), reader)
  const shown = isPrefixed ? String((JSON.parse(json) as EndTxn).coordinatorEpoch) : json
  return { type, json, text: label + shown }
}

interface EndTxn {
  readonly coordinatorEpoch: number
}
