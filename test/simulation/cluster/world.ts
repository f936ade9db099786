import { Disagreement } from '../agree.ts'
import type { Dice } from '../dice.ts'
import { SimulatedCluster } from './machine/simulated-cluster.ts'
import { VirtualTime } from './machine/virtual-time.ts'
import { Model } from './model/model.ts'
import type { ClusterSettings } from './settings.ts'
import { Trace } from './trace.ts'

/** The world of one history: the cluster, the model and the trace. */
export class World {
  readonly settings: ClusterSettings
  readonly time = new VirtualTime()
  readonly trace: Trace
  readonly cluster: SimulatedCluster
  readonly model: Model
  /** Whether the history is ending, so that no more faults may be injected. */
  isSettling = false
  /** The time of the last power failure that may have lost acknowledged records. */
  lostAtMs = -Infinity
  #underWay = 0
  readonly #idle: (() => void)[] = []

  constructor(settings: ClusterSettings, onLine?: (line: string) => void) {
    this.settings = settings
    this.trace = new Trace(this.time, onLine)
    this.model = new Model(settings)
    this.cluster = new SimulatedCluster(settings, this.time, this.trace, {
      isCalm: () => this.isSettling,
      onStarting: () => this.model.onStarting(),
      onPeerRequest: (api, request) => this.model.onPeerRequest(api, request, this.time.nowMs),
      onCrash: (losesPower) => {
        if (losesPower && settings.durability === 'pageCache') this.lostAtMs = this.time.nowMs
        this.model.onCrash(losesPower, this.time.nowMs)
      },
    })
  }

  /** Starts an action. The history waits for it at its end. */
  launch(action: () => Promise<void>): void {
    this.#underWay++
    action()
      .catch((error: unknown) => this.time.fail(error as Error))
      .finally(() => {
        if (--this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
  }

  /** Resolves when all launched actions have ended. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => void this.#idle.push(resolve))
  }

  /** Whether all brokers know the topics that were created before a request was sent. */
  seesTopics(sentAtMs: number): boolean {
    return this.settings.profile === 'test' && !this.model.topics.lag.isAnyStale(sentAtMs)
  }

  /** Ends the history with a failure. */
  disagree(message: string): never {
    const error = new Disagreement(message)
    this.time.fail(error)
    throw error
  }

  /** Returns the port of a random broker. */
  anyPort(dice: Dice): number {
    return this.cluster.portOf(dice.pick(this.cluster.brokerIds))
  }
}
