import type { GroupHooks } from '../coordinator/group/group-hooks.ts'
import type { Clock } from '../platform/clock.ts'
import { afterThisCall } from '../platform/turn.ts'
import { GroupEvents } from './group-events.ts'
import { GroupTimeline } from './group-timeline.ts'
import type { GroupRebalance } from './group.ts'

/** The waits for groups of a cluster, and their timelines. They do not depend on a coordinator. */
export class ClusterGroups {
  readonly events = new GroupEvents()
  readonly #clock: Clock
  readonly #timelines = new Map<string, GroupTimeline>()
  #isClosed = false
  #isMetadataNews = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the cluster is closed, or being closed. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The time by the cluster's clock, in milliseconds since the epoch. */
  get nowMs(): number {
    return this.#clock.now()
  }

  /** The hooks of all group coordinators. */
  readonly hooks: GroupHooks = {
    changed: (groupId, group) => {
      if (group === undefined) this.#timelines.delete(groupId)
      else {
        const timeline = this.#timelines.get(groupId)
        if (timeline?.isRebalancing === true && group.asListed().groupState === 'Stable') {
          timeline.complete(this.nowMs)
        }
      }
      this.events.onChanged(groupId)
    },
    rebalanced: (groupId, epoch, cause) => {
      let timeline = this.#timelines.get(groupId)
      if (timeline === undefined) this.#timelines.set(groupId, (timeline = new GroupTimeline()))
      timeline.add(epoch, cause, this.nowMs)
    },
    startOffsetsChanged: (groupId) => this.events.onChanged(groupId),
    loaded: () => this.events.onAnyChanged(),
  }

  /** Called when a broker has applied a change of the metadata, such as of topics and leaders. */
  onMetadataChanged(): void {
    if (this.#isMetadataNews) return
    this.#isMetadataNews = true
    afterThisCall(() => {
      this.#isMetadataNews = false
      this.events.onAnyChanged()
    })
  }

  /** Returns the rebalances of a group, oldest first. */
  timelineOf(groupId: string): readonly GroupRebalance[] {
    return this.#timelines.get(groupId)?.rebalances() ?? []
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true
    this.events.close()
  }
}
