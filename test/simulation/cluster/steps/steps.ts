import type { Dice } from '../../dice.ts'
import { describeProducers } from '../client/transaction-observers.ts'
import type { StepKind } from '../history.ts'
import type { TopicModel } from '../model/topics-model.ts'
import type { World } from '../world.ts'
import {
  createPartitions,
  createTopic,
  deleteRecords,
  deleteTopic,
  listOffsets,
} from './admin-steps.ts'
import * as faults from './fault-steps.ts'
import * as groups from './group-steps.ts'
import * as migrations from './migration-steps.ts'
import type { People } from './people.ts'
import * as shares from './share-steps.ts'
import { fetchInSession, fetchSome } from './read-partition.ts'
import * as streams from './streams-steps.ts'
import * as transactions from './transaction-steps.ts'

/** The arguments of a step. */
export interface StepContext {
  readonly world: World
  readonly people: People
  readonly dice: Dice
}

type StepAction = (context: StepContext) => void | Promise<void>

/** The implementation of each kind of step. It may still be running when the next steps begin. */
export const steps: Readonly<Record<StepKind, StepAction>> = {
  createTopic,
  deleteTopic,
  listOffsets,
  deleteRecords,
  createPartitions,
  fetchInSession,
  produce: onPartition(({ people, dice }, topic, partition) =>
    people.producer(topic, partition, dice).send(dice.between(1, 8)),
  ),
  fetch: onPartition(({ people, dice }, topic, partition) =>
    fetchSome(people.newClient('consumer', dice), topic, partition),
  ),
  describeProducers: onPartition(async ({ people, dice }, topic, partition) => {
    const client = people.newClient('admin', dice)
    await describeProducers(client, topic, partition)
    client.close()
  }),
  metadata: async ({ people, dice }) => {
    const client = people.newClient('admin', dice)
    await client.refresh()
    client.close()
  },
  wait: () => {},
  ...groups,
  ...shares,
  ...migrations,
  ...streams,
  ...transactions,
  ...faults,
}

/** Returns a step that chooses a partition of a known topic. */
function onPartition(
  action: (context: StepContext, topic: TopicModel, partition: number) => Promise<void>,
): StepAction {
  return async (context) => {
    const { world, dice } = context
    const topics = [...world.model.topics.topics.values()].filter(
      ({ deletionStartedAtMs }) => deletionStartedAtMs === undefined || dice.chance(0.2),
    )
    if (topics.length === 0) return
    const topic = dice.pick(topics)
    await action(context, topic, dice.int(topic.partitions.length))
  }
}
