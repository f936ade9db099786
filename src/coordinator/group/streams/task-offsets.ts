import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'

/** Offsets of tasks: by subtopology, then by partition. */
export type OffsetsByTask = ReadonlyMap<string, ReadonlyMap<number, number>>

/** The offsets that a member reports for its tasks (Kafka's `MemberTaskOffsets`). */
export interface TaskOffsets {
  readonly offsets: OffsetsByTask
  readonly endOffsets: OffsetsByTask
}

/** The offset of one task in requests and responses. */
interface TaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

export const noTaskOffsets: TaskOffsets = { offsets: new Map(), endOffsets: new Map() }

/** Replaces those offsets that the request reports. */
export function updateTaskOffsets(
  { offsets, endOffsets }: TaskOffsets,
  reported: readonly TaskOffset[] | null,
  reportedEnd: readonly TaskOffset[] | null,
): TaskOffsets | ApiError {
  const updated = reported === null ? offsets : byTask(reported)
  if (updated instanceof ApiError) return updated
  const updatedEnd = reportedEnd === null ? endOffsets : byTask(reportedEnd)
  if (updatedEnd instanceof ApiError) return updatedEnd
  return { offsets: updated, endOffsets: updatedEnd }
}

/** Returns the offsets in the order of responses: by subtopology, then by partition. */
export function taskOffsetsOf(offsets: OffsetsByTask): TaskOffset[] {
  return [...offsets.keys()]
    .sort()
    .flatMap((subtopologyId) =>
      [...offsets.get(subtopologyId)!]
        .sort(([one], [other]) => one - other)
        .map(([partition, offset]) => ({ subtopologyId, partition, offset })),
    )
}

function byTask(reported: readonly TaskOffset[]): OffsetsByTask | ApiError {
  const offsets = new Map<string, Map<number, number>>()
  for (const { subtopologyId, partition, offset } of reported) {
    let partitions = offsets.get(subtopologyId)
    if (partitions === undefined) offsets.set(subtopologyId, (partitions = new Map()))
    if (partitions.has(partition)) {
      return new ApiError(
        ErrorCode.InvalidRequest,
        `Task offsets contain a duplicate entry for subtopology ${subtopologyId} and partition ${partition}.`,
      )
    }
    partitions.set(partition, offset)
  }
  return offsets
}
