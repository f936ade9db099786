import {
  changedHashMapOrder,
  inTimelineHashMapOrder,
  javaStringHash,
} from '../../../platform/java-hash-map.ts'
import type { BrokerConfig } from '../../../controller/broker-config.ts'
import { assignorNames } from '../../../controller/group-assignors.ts'
import type { PartitionAssignor } from '../modern/assignment-input.ts'
import { rangeAssignor } from './assignors/range.ts'
import { uniformAssignor } from './assignors/uniform.ts'
import { Counts } from './counts.ts'

/** The assignors of Kafka, by name. */
const assignors: ReadonlyMap<string, PartitionAssignor> = new Map([
  ['uniform', uniformAssignor],
  ['range', rangeAssignor],
])

/**
 * Returns the name of the assignor that most members of a group prefer, or the default of the
 * broker if none has a preference.
 */
export function preferredAssignor(preferences: Counts, config: BrokerConfig): string {
  return mostPreferred(preferences, namesInOrder(preferences), config)
}

/**
 * Returns the same after a member has changed its preference. If as many members prefer one
 * assignor as the other, Kafka chooses the first of a map. Here this is a changed copy of the
 * group's map, which may have another order. Then a heartbeat without a change is one, too.
 */
export function preferredAssignorAfter(
  preferences: Counts,
  before: string | null,
  after: string | null,
  config: BrokerConfig,
): string {
  const changed = new Counts(preferences)
  changed.replace(before ?? undefined, after ?? undefined)
  // The preference before is removed first, even if it is the same.
  const removed = before !== null && preferences.get(before) === 1 ? before : undefined
  const names = changedHashMapOrder(
    namesInOrder(preferences),
    removed,
    after ?? undefined,
    javaStringHash,
  )
  return mostPreferred(changed, names, config)
}

function namesInOrder(preferences: Counts): string[] {
  return inTimelineHashMapOrder([...preferences.entries.keys()], javaStringHash)
}

function mostPreferred(counts: Counts, names: readonly string[], config: BrokerConfig): string {
  const [first, ...others] = names
  if (first === undefined) return assignorNames('consumer', config)[0]!
  return others.reduce((best, name) => (counts.get(name) > counts.get(best) ? name : best), first)
}

/** Returns an assignor of the broker. */
export function assignorOf(name: string): PartitionAssignor {
  return assignors.get(name) ?? uniformAssignor
}
