import type { ClassicGroupMetadata } from '../group-records.ts'
import type { StoredGroup } from './stored-group.ts'

/** Returns the record that stores a classic group. */
export function groupMetadata(groupId: string, metadata: StoredGroup): ClassicGroupMetadata {
  return { kind: 'classicGroupMetadata', groupId, metadata }
}

/** Returns the record of a new group without members. */
export function newGroupMetadata(groupId: string, nowMs: number): ClassicGroupMetadata {
  return groupMetadata(groupId, {
    protocolType: null,
    generationId: 0,
    protocolName: null,
    leaderId: null,
    currentStateTimestampMs: nowMs,
    members: [],
  })
}
