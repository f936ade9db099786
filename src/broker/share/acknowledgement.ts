import { RecordState } from './record-state.ts'

/** The types of acknowledgement in a request (Kafka's `AcknowledgeType`). */
export const AcknowledgeType = {
  /** There is no record at the offset. */
  Gap: 0,
  Accept: 1,
  Release: 2,
  Reject: 3,
  /** The lock gets its full time again (KIP-1222). */
  Renew: 4,
} as const
export type AcknowledgeType = (typeof AcknowledgeType)[keyof typeof AcknowledgeType]

/** Acknowledgements of consecutive offsets. */
export interface AcknowledgementBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** One type for all offsets, or one for each. */
  readonly acknowledgeTypes: readonly AcknowledgeType[]
}

/** Returns the state to which an acknowledgement changes a record. */
export function acknowledgedState(
  type: Exclude<AcknowledgeType, typeof AcknowledgeType.Renew>,
  hasDeadLetterTopic: boolean,
): RecordState {
  switch (type) {
    case AcknowledgeType.Gap:
      return RecordState.Archived
    case AcknowledgeType.Accept:
      return RecordState.Acknowledged
    case AcknowledgeType.Release:
      return RecordState.Available
    case AcknowledgeType.Reject:
      return hasDeadLetterTopic ? RecordState.Archiving : RecordState.Archived
  }
}
