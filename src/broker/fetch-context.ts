import type { MetadataImage } from '../controller/metadata-image.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { Fetch } from '../protocol/messages/01-fetch.ts'
import type { RequestOf } from '../protocol/schema/api.ts'
import {
  FINAL_EPOCH,
  INITIAL_EPOCH,
  NO_SESSION_ID,
  keyOf,
  type FetchedPartition,
  type FetchSession,
  type FetchTarget,
} from './fetch-session.ts'
import type { FetchSessionCache } from './fetch-session-cache.ts'
import { uniqueBy } from './unique-by.ts'

/**
 * The partitions of a Fetch, and which of them its response has to contain (Kafka's
 * `FetchContext`).
 */
export interface FetchContext {
  readonly targets: readonly FetchTarget[]
  /**
   * Called once, before the response is built. Returns the id of the session with which the client
   * continues.
   */
  sessionId(): number
  /** Whether the response has to contain the partition. */
  includes(target: FetchTarget, answer: FetchedPartition): boolean
}

/**
 * Returns the partitions of a request, and its session if it has or requests one (KIP-227); or the
 * error if the session cannot continue.
 */
export function openFetchContext(
  request: RequestOf<typeof Fetch>,
  usesTopicIds: boolean,
  image: MetadataImage,
  sessions: FetchSessionCache,
): FetchContext | ApiError {
  const targets = targetsOf(request, usesTopicIds, image)
  const { sessionId, sessionEpoch } = request
  if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
    if (sessionId !== NO_SESSION_ID) sessions.remove(sessionId)
    return sessionEpoch === FINAL_EPOCH
      ? sessionlessContext(targets)
      : newSessionContext(targets, usesTopicIds, sessions)
  }
  const session = sessions.resume(sessionId, sessionEpoch, usesTopicIds)
  if (session instanceof ApiError) return session
  session.update(targets)
  for (const { topicId, topic, partitions } of request.forgottenTopicsData) {
    const name = usesTopicIds ? image.topicsById.get(topicId)?.name : topic
    for (const partition of partitions) session.forget(topicId, name, partition)
  }
  if (session.size > 0) return incrementalContext(session)
  sessions.remove(sessionId)
  return sessionlessContext([])
}

function sessionlessContext(targets: readonly FetchTarget[]): FetchContext {
  return { targets, sessionId: () => NO_SESSION_ID, includes: () => true }
}

function newSessionContext(
  targets: readonly FetchTarget[],
  usesTopicIds: boolean,
  sessions: FetchSessionCache,
): FetchContext {
  let session: FetchSession | undefined
  return {
    targets,
    sessionId: () => {
      session = sessions.create(usesTopicIds)
      session?.update(targets)
      return session?.id ?? NO_SESSION_ID
    },
    includes: (target, answer) => {
      session?.noteAnswer(target, answer)
      return true
    },
  }
}

function incrementalContext(session: FetchSession): FetchContext {
  session.advanceEpoch()
  return {
    targets: session.targets(),
    sessionId: () => session.id,
    includes: (target, answer) => session.noteAnswer(target, answer),
  }
}

function targetsOf(
  request: RequestOf<typeof Fetch>,
  usesTopicIds: boolean,
  image: MetadataImage,
): readonly FetchTarget[] {
  const targets: FetchTarget[] = []
  for (const { topic, topicId, partitions } of request.topics) {
    const name = usesTopicIds ? image.topicsById.get(topicId)?.name : topic
    for (const {
      partition,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      logStartOffset,
      highWatermark,
      partitionMaxBytes,
    } of partitions) {
      targets.push({
        topic: name,
        topicId,
        partition,
        currentLeaderEpoch,
        fetchOffset,
        lastFetchedEpoch,
        logStartOffset,
        highWatermark,
        maxBytes: partitionMaxBytes,
      })
    }
  }
  return uniqueBy(targets, keyOf)
}
