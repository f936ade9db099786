import { describe, expect, test } from 'vitest'
import { nextAssignment } from '../../../../src/coordinator/group/streams/current-assignment.ts'
import { MemberState, newMember } from '../../../../src/coordinator/group/streams/streams-member.ts'
import type { StreamsMember } from '../../../../src/coordinator/group/streams/streams-member.ts'
import { TaskOwners } from '../../../../src/coordinator/group/streams/task-owners.ts'
import { noTasks } from '../../../../src/coordinator/group/streams/tasks.ts'
import type { AssignedTasks, Tasks } from '../../../../src/coordinator/group/streams/tasks.ts'
import { ApiError } from '../../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { readJsonLines } from '../../../support/json-lines.ts'

type Partitions = Record<string, number[]>
type Epochs = Record<string, Record<string, number>>
type RecordedTasks = [active: Partitions, standby: Partitions, warmup: Partitions]
type RecordedAssigned = [active: Epochs, standby: Partitions, warmup: Partitions]

/** A step of Kafka 4.4's `CurrentAssignmentBuilder` from a random state. */
interface RecordedStep {
  readonly epoch: number
  readonly state: MemberState
  readonly assigned: RecordedAssigned
  readonly pending: RecordedAssigned
  readonly targetEpoch: number
  readonly target: RecordedTasks
  /** The process with each active task, named `subtopology_partition`. */
  readonly active: Record<string, string>
  readonly standby: Record<string, string[]>
  readonly warmup: Record<string, string[]>
  readonly owned: RecordedTasks | null
  readonly result: {
    readonly epoch: number
    readonly previous: number
    readonly state: number
    readonly assigned: RecordedAssigned
    readonly pending: RecordedAssigned
  } | null
}

const file = new URL('recorded/current-assignment.jsonl', import.meta.url)
const recorded = readJsonLines<RecordedStep>(process.env['CURRENT_ASSIGNMENTS'] ?? file)

describe('a member moves towards its target assignment', () => {
  test.each(recorded.map((step, line) => ({ line: line + 1, step })))(
    'as in Kafka: recorded step $line',
    ({ step }) => {
      const before: StreamsMember = {
        ...newMember('m'),
        processId: 'p1',
        memberEpoch: step.epoch,
        previousMemberEpoch: step.epoch - 1,
        state: step.state,
        assignedTasks: assignedTasks(step.assigned),
        tasksPendingRevocation: assignedTasks(step.pending),
      }
      const after = nextAssignment(before, {
        targetEpoch: step.targetEpoch,
        target: tasks(step.target),
        owners: owners(step),
        owned: step.owned === null ? undefined : tasks(step.owned),
      })
      if (step.result === null) {
        return expect(after).toMatchObject({ errorCode: ErrorCode.FencedMemberEpoch })
      }
      if (after instanceof ApiError) throw new Error(after.message ?? '')
      expect({
        epoch: after.memberEpoch,
        previous: after.previousMemberEpoch,
        state: after.state,
        assigned: after.assignedTasks,
        pending: after.tasksPendingRevocation,
      }).toEqual({
        ...step.result,
        assigned: assignedTasks(step.result.assigned),
        pending: assignedTasks(step.result.pending),
      })
    },
  )

  test('a stable member with the epoch of the target stays the same object', () => {
    const member = { ...newMember('m'), memberEpoch: 3, state: MemberState.Stable }
    const owners = new TaskOwners()
    expect(
      nextAssignment(member, { targetEpoch: 3, target: noTasks, owners, owned: undefined }),
    ).toBe(member)
  })
})

function tasks([active, standby, warmup]: RecordedTasks): Tasks {
  return { active: taskSet(active), standby: taskSet(standby), warmup: taskSet(warmup) }
}

function assignedTasks([active, standby, warmup]: RecordedAssigned): AssignedTasks {
  const withEpochs = Object.entries(active).map(
    ([id, epochs]) =>
      [
        id,
        new Map(Object.entries(epochs).map(([partition, epoch]) => [Number(partition), epoch])),
      ] as const,
  )
  return { active: new Map(withEpochs), standby: taskSet(standby), warmup: taskSet(warmup) }
}

function taskSet(partitions: Partitions): Map<string, Set<number>> {
  return new Map(Object.entries(partitions).map(([id, each]) => [id, new Set(each)]))
}

function owners(step: RecordedStep): TaskOwners {
  const all = new TaskOwners()
  const task = (name: string) => {
    const [id, partition] = name.split('_') as [string, string]
    return new Map([[id, new Set([Number(partition)])]])
  }
  for (const [name, process] of Object.entries(step.active)) {
    const active = new Map([...task(name)].map(([id, [each]]) => [id, new Map([[each!, 1]])]))
    all.add({ ...noTasks, active }, process)
  }
  for (const [name, processes] of Object.entries(step.standby)) {
    for (const process of processes) all.add({ ...noTasks, standby: task(name) }, process)
  }
  for (const [name, processes] of Object.entries(step.warmup)) {
    for (const process of processes) all.add({ ...noTasks, warmup: task(name) }, process)
  }
  return all
}
