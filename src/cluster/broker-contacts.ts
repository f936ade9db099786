import type { Controller } from '../controller/controller.ts'
import type { MetadataQuorum } from '../controller/metadata-quorum.ts'
import type { Clock } from '../platform/clock.ts'
import { BrokerSessions } from './broker-sessions.ts'
import type { ClusterWaits } from './cluster-waits.ts'
import type { Links } from './links/links.ts'
import type { Node } from './node.ts'

/** The parts of a cluster that {@link BrokerContacts} uses. */
export interface ContactsOptions {
  readonly clock: Clock
  readonly links: Links
  readonly quorum: MetadataQuorum
  readonly waits: ClusterWaits
  readonly nodes: () => readonly Node[]
  readonly activeController: () => Controller | undefined
}

/**
 * The contacts between the brokers and the active controller. When the network or the controller
 * changes, brokers without contact are fenced after their session, and those that are back enter
 * service again.
 */
export class BrokerContacts {
  readonly #options: ContactsOptions
  readonly #sessions: BrokerSessions
  #leaderId: number | undefined
  readonly #unsubscribe: () => void

  constructor(options: ContactsOptions) {
    const { clock, quorum, activeController } = options
    this.#options = options
    this.#sessions = new BrokerSessions({
      clock,
      isInContact: (brokerId) => this.isInContact(brokerId),
      fence: (brokerId) => void activeController()?.fenceBrokers([brokerId]),
    })
    this.#unsubscribe = quorum.subscribe(() => this.#onCommitted())
  }

  /** Whether a broker runs and reaches the active controller. */
  isInContact(brokerId: number): boolean {
    const { links, quorum } = this.#options
    const { leaderId } = quorum
    if (this.#find(brokerId)?.broker === undefined) return false
    return leaderId === undefined || links.canReach(brokerId, leaderId)
  }

  /** Called when the links have changed, and when a broker has ended without a shutdown. */
  onChanged(): void {
    this.#options.quorum.onLinksChanged()
    for (const node of this.#options.nodes()) node.onLinksChanged()
    this.#update()
    this.#options.waits.onChanged()
  }

  /** Called when a broker starts. */
  onStarted(brokerId: number): void {
    this.#sessions.end(brokerId)
  }

  /** Resolves when all brokers in contact have the current metadata, and are in service; in a
   * closed cluster immediately. */
  async settled(): Promise<void> {
    const { quorum, nodes, waits } = this.#options
    if (waits.isClosed) return
    const { lastOffset } = quorum.image
    const isBehind = ({ id, metadata, broker }: Node): boolean => {
      if (broker?.isRegistered !== true || !this.isInContact(id)) return false
      return (
        metadata!.image.lastOffset < lastOffset || quorum.image.brokers.get(id)?.fenced === true
      )
    }
    const missing = (): string | undefined => {
      const behind = nodes().filter(isBehind)
      if (behind.length === 0) return undefined
      return `brokers without the current metadata: ${behind.map(({ id }) => id).join(', ')}`
    }
    await waits.until({ text: 'brokers with the current metadata', missing })
  }

  close(): void {
    this.#unsubscribe()
    this.#sessions.close()
  }

  #find(brokerId: number | undefined): Node | undefined {
    return this.#options.nodes().find(({ id }) => id === brokerId)
  }

  /** A new controller begins new sessions, as in Kafka. */
  #onCommitted(): void {
    const { quorum, links, nodes } = this.#options
    if (quorum.leaderId === this.#leaderId) return
    this.#leaderId = quorum.leaderId
    for (const brokerId of quorum.image.brokers.keys()) this.#sessions.end(brokerId)
    if (links.hasFaults) for (const node of nodes()) node.onLinksChanged()
    this.#update()
  }

  #update(): void {
    const { quorum, activeController } = this.#options
    const timeoutMs = this.#find(quorum.leaderId)?.sessionTimeoutMs
    if (timeoutMs === undefined) return
    for (const { id, fenced, inControlledShutdown } of quorum.image.brokers.values()) {
      if (!fenced) this.#sessions.update(id, timeoutMs)
      else if (!inControlledShutdown && this.#isBack(id)) {
        this.#sessions.end(id)
        void activeController()?.unfenceBroker(id)
      }
    }
  }

  /** Whether a broker that was fenced serves again. */
  #isBack(brokerId: number): boolean {
    return this.isInContact(brokerId) && this.#find(brokerId)!.broker!.isRegistered
  }
}
