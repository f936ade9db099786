import { rangeAssignor } from '../../../../src/coordinator/group/consumer/assignors/range.ts'
import { uniformAssignor } from '../../../../src/coordinator/group/consumer/assignors/uniform.ts'
import type { PartitionAssignor } from '../../../../src/coordinator/group/modern/assignment-input.ts'
import { simpleAssignor } from '../../../../src/coordinator/group/share/assignors/simple.ts'
import { stickyTaskAssignor } from '../../../../src/coordinator/group/streams/assignors/sticky.ts'
import { Dice } from '../../../simulation/dice.ts'
import { type GroupCase, inputOf, type TargetCase, targetCaseOf } from './group-case.ts'
import { GroupHistory } from './group-history.ts'
import {
  targetTasksCaseOf,
  type TargetTasksCase,
  taskInputOf,
  type TaskGroupCase,
} from './task-case.ts'
import { TaskHistory } from './task-history.ts'

/** The assignors of consumer and share groups, by Kafka's names. */
export const assignors: Readonly<Record<string, PartitionAssignor>> = {
  uniform: uniformAssignor,
  range: rangeAssignor,
  simple: simpleAssignor,
}

/** Starts a random group of random size. */
export function randomGroup(seed: number, hasUnassignable = false): GroupHistory {
  const dice = new Dice(seed)
  return new GroupHistory(dice, {
    maxMembers: dice.pick([4, 12, 40]),
    // More partitions of a share group make trees in Kafka's `HashMap`, which have another order.
    maxPartitions: dice.pick([4, 20, hasUnassignable ? 40 : 100]),
    maxTopics: dice.pick([1, 3, 8, 15]),
    hasUnassignable,
  })
}

/** An assignor whose results are compared with those of Kafka's class, in JSON. */
export interface ComparedAssignor {
  startHistory(seed: number): { next(): unknown; adopt(target: unknown): void }
  assign(group: unknown): unknown
}

/** All assignors, by the names that Java's driver knows. */
export const comparedAssignors: Readonly<Record<string, ComparedAssignor>> = {
  ...Object.fromEntries(
    Object.entries(assignors).map(([name, assignor]): [string, ComparedAssignor] => [
      name,
      {
        startHistory: (seed) => {
          const history = randomGroup(seed, name === 'simple')
          return {
            next: () => history.next(),
            adopt: (target) => history.adopt(target as TargetCase),
          }
        },
        assign: (group) => targetCaseOf(assignor(inputOf(group as GroupCase))),
      },
    ]),
  ),
  sticky: {
    startHistory: (seed) => {
      const history = new TaskHistory(seed)
      return {
        next: () => history.next(),
        adopt: (target) => history.adopt(target as TargetTasksCase),
      }
    },
    assign: (group) => targetTasksCaseOf(stickyTaskAssignor(taskInputOf(group as TaskGroupCase))),
  },
}
