/**
 * Messages of usual sizes.
 *
 * @import { ResponseInput, RequestInput } from '../../src/protocol/schema/index.ts'
 * @import { Fetch, Metadata, Produce } from '../../src/protocol/messages/index.ts'
 */

const topicId = 'T2RyYWRla1RvcGljSWQwMQ'

/**
 * @param {number} partitionCount
 * @param {Uint8Array} records
 * @returns {RequestInput<typeof Produce>}
 */
export function produceRequest(partitionCount, records) {
  const partitionData = indices(partitionCount).map((index) => ({ index, records }))
  return { acks: -1, timeoutMs: 30_000, topicData: [{ name: 'orders', topicId, partitionData }] }
}

/**
 * @param {number} partitionCount
 * @returns {ResponseInput<typeof Produce>}
 */
export function produceResponse(partitionCount) {
  const partitionResponses = indices(partitionCount).map((index) => ({
    index,
    errorCode: 0,
    baseOffset: 1_000_000 + index,
    logStartOffset: 0,
    recordErrors: [],
  }))
  return { responses: [{ name: 'orders', topicId, partitionResponses }] }
}

/**
 * @param {number} partitionCount
 * @returns {RequestInput<typeof Fetch>}
 */
export function fetchRequest(partitionCount) {
  const partitions = indices(partitionCount).map((partition) => ({
    partition,
    currentLeaderEpoch: 3,
    fetchOffset: 1_000_000,
    partitionMaxBytes: 1_048_576,
    replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
  }))
  return {
    maxWaitMs: 500,
    minBytes: 1,
    isolationLevel: 0,
    topics: [{ topic: 'orders', topicId, partitions }],
    forgottenTopicsData: [],
  }
}

/**
 * @param {number} partitionCount
 * @param {Uint8Array} records
 * @returns {ResponseInput<typeof Fetch>}
 */
export function fetchResponse(partitionCount, records) {
  const partitions = indices(partitionCount).map((partitionIndex) => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 1_000_000,
    lastStableOffset: 1_000_000,
    logStartOffset: 0,
    abortedTransactions: null,
    records,
  }))
  return { throttleTimeMs: 0, errorCode: 0, responses: [{ topic: 'orders', topicId, partitions }] }
}

/**
 * @param {number} partitionCount
 * @returns {ResponseInput<typeof Metadata>}
 */
export function metadataResponse(partitionCount) {
  const partitions = indices(partitionCount).map((partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: partitionIndex % 3,
    leaderEpoch: 3,
    replicaNodes: [0, 1, 2],
    isrNodes: [0, 1, 2],
    offlineReplicas: [],
  }))
  return {
    throttleTimeMs: 0,
    brokers: indices(3).map((nodeId) => ({ nodeId, host: '127.0.0.1', port: 9_092 + nodeId })),
    clusterId: 'T2RyYWRla0NsdXN0ZXIwMQ',
    controllerId: 0,
    topics: [{ errorCode: 0, name: 'orders', topicId, partitions }],
    errorCode: 0,
  }
}

/** @param {number} length */
function indices(length) {
  return Array.from({ length }, (_, index) => index)
}
