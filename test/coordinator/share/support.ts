import type { TopicImage } from '../../../src/controller/metadata-image.ts'
import { ShareCoordinator } from '../../../src/coordinator/share/share-coordinator.ts'
import { shareStateRecords } from '../../../src/coordinator/share/share-state-records.ts'
import type { ShareStateRecord } from '../../../src/coordinator/share/share-state-records.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { immediate, MemoryInternalTopic } from '../memory-internal-topic.ts'

/** The id of a topic with three partitions. */
export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABQ'
export const OTHER_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABg'
export const MISSING_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABw'
export const GROUP = 'group'

/** Returns records in flight with one state. */
export function batch(
  firstOffset: number,
  lastOffset: number,
  deliveryState: number,
  deliveryCount: number,
) {
  return { firstOffset, lastOffset, deliveryState, deliveryCount }
}

interface TestShareOptions {
  /** Continues with the records of another coordinator. */
  readonly topic?: MemoryInternalTopic
  readonly clock?: ManualClock
  readonly updatesPerSnapshot?: number
}

/** A share coordinator that leads all partitions of its topic. */
export class TestShareCoordinator {
  readonly topic: MemoryInternalTopic
  readonly clock: ManualClock
  readonly coordinator: ShareCoordinator
  readonly loadFailures: unknown[] = []
  readonly #options: TestShareOptions
  isEnabled = true

  constructor(options: TestShareOptions = {}) {
    this.#options = options
    this.topic = options.topic ?? new MemoryInternalTopic()
    this.clock = options.clock ?? new ManualClock(1_000_000)
    this.coordinator = new ShareCoordinator({
      clock: this.clock,
      config: {
        updatesPerSnapshot: options.updatesPerSnapshot ?? 500,
        pruneIntervalMs: 300_000,
        coldSnapshotIntervalMs: 300_000,
        commitTimeoutMs: 5000,
      },
      topics: { topicsById: new Map([topic(TOPIC_ID), topic(OTHER_TOPIC_ID)]) },
      isEnabled: () => this.isEnabled,
      partitionCount: () => this.topic.partitionCount,
      onLoadFailure: (_, error) => this.loadFailures.push(error),
    })
    for (let index = 0; index < this.topic.partitionCount; index++) {
      this.coordinator.onElected(this.topic.partition(index))
    }
  }

  /** Returns a coordinator that loads what this one wrote. */
  reload(): TestShareCoordinator {
    return new TestShareCoordinator({ ...this.#options, topic: this.topic, clock: this.clock })
  }

  initialize(fields: object = {}, partition = 0, topicId = TOPIC_ID) {
    const partitions = [{ partition, stateEpoch: 1, startOffset: 0, ...fields }]
    return only(
      this.coordinator.initializeState({ groupId: GROUP, topics: [{ topicId, partitions }] }),
    )
  }

  write(fields: object = {}, partition = 0, topicId = TOPIC_ID) {
    return only(this.startWrite(fields, partition, topicId))
  }

  /** Like {@link write}; the response may have to wait. */
  startWrite(fields: object = {}, partition = 0, topicId = TOPIC_ID) {
    const epochs = { stateEpoch: 1, leaderEpoch: 0 }
    const written = { startOffset: 0, deliveryCompleteCount: 0, stateBatches: [], ...fields }
    const partitions = [{ partition, ...epochs, ...written }]
    return this.coordinator.writeState({ groupId: GROUP, topics: [{ topicId, partitions }] })
  }

  read(leaderEpoch = 0, partition = 0, topicId = TOPIC_ID) {
    const partitions = [{ partition, leaderEpoch }]
    return only(this.coordinator.readState({ groupId: GROUP, topics: [{ topicId, partitions }] }))
  }

  summary(partition = 0, topicId = TOPIC_ID) {
    const partitions = [{ partition, leaderEpoch: 0 }]
    const request = { groupId: GROUP, topics: [{ topicId, partitions }] }
    return only(this.coordinator.readStateSummary(request))
  }

  delete(partition = 0, topicId = TOPIC_ID) {
    const request = { groupId: GROUP, topics: [{ topicId, partitions: [{ partition }] }] }
    return only(this.coordinator.deleteState(request))
  }

  /** All records of the topic, in the order of its partitions. */
  records(): ShareStateRecord[] {
    return Array.from({ length: this.topic.partitionCount }, (_, index) =>
      this.topic.records(index).map(({ key, value }) => shareStateRecords.decode(key!, value)!),
    ).flat()
  }
}

function topic(id: string): [string, TopicImage] {
  return [id, { id, name: id, partitions: [{}, {}, {}] } as unknown as TopicImage]
}

/** Returns the result of the only partition, without its index. */
function only<R extends { readonly partition: number }>(
  response:
    | { readonly results: readonly { readonly partitions: readonly R[] }[] }
    | Promise<{ readonly results: readonly { readonly partitions: readonly R[] }[] }>,
): Omit<R, 'partition'> {
  const { partition: _, ...result } = immediate(response).results[0]!.partitions[0]!
  return result
}
