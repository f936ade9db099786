import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PeerBrokers } from '../../../src/broker/peer-brokers.ts'
import type { Reply } from '../../../src/broker/handlers/handler.ts'
import type { PipelineRequest } from '../../../src/broker/pipeline/pipeline-request.ts'
import { RunningCluster } from '../../../src/cluster/cluster.ts'
import { resolveOptions } from '../../../src/cluster/resolve-options.ts'
import { systemEnvironment } from '../../../src/cluster/system-environment.ts'
import { CLOSE_CONNECTION } from '../../../src/network/frame-handler.ts'
import { WriteTxnMarkers } from '../../../src/protocol/messages/index.ts'
import { portsInARow } from '../../cluster/support/ports.ts'
import { waitMs } from './patience.ts'

const brokerCount = 3

/** Before a request takes effect, or after it, when the client has no response yet. */
type Moment = 'before' | 'after'

/** A cluster in this process whose brokers die, and connections end, at chosen requests. */
export class CrashingCluster {
  readonly #cluster: RunningCluster
  readonly #dataDir: string
  readonly #markers: MarkerFault

  private constructor(cluster: RunningCluster, dataDir: string, markers: MarkerFault) {
    this.#cluster = cluster
    this.#dataDir = dataDir
    this.#markers = markers
  }

  static async start(
    topics: readonly { name: string; partitions: number }[],
  ): Promise<CrashingCluster> {
    const dataDir = mkdtempSync(join(tmpdir(), 'odradek-exactly-once-'))
    const options = resolveOptions({
      dataDir,
      brokers: brokerCount,
      port: await portsInARow(brokerCount),
      topics: [...topics],
      config: {
        'auto.create.topics.enable': false,
        'offsets.topic.num.partitions': 3,
        'transaction.state.log.num.partitions': 3,
        'group.min.session.timeout.ms': 500,
      },
    })
    const markers = new MarkerFault()
    const environment = systemEnvironment(options)
    const toPeer = (brokerId: number, direct: PeerBrokers) => markers.toPeer(brokerId, direct)
    const interBroker = {
      toController: <T>(_: number, direct: T) => direct,
      toBroker: <T>(_: unknown, deliver: T) => deliver,
      toPeer,
    }
    const cluster = await RunningCluster.start({ ...environment, interBroker }, options)
    return new CrashingCluster(cluster, dataDir, markers)
  }

  get bootstrapServers(): string {
    return this.#cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',')
  }

  get brokerIds(): number[] {
    return this.#cluster.brokers.map(({ id }) => id)
  }

  /** Resolves with the broker that received the next of these requests, when it has closed. */
  closeConnectionAt(
    isWanted: (request: PipelineRequest) => boolean,
    moment: Moment,
  ): Promise<number> {
    return this.#atNext(isWanted, moment, async () => {})
  }

  /** Kills the broker that receives the next of these requests. Resolves with its id. */
  killAt(isWanted: (request: PipelineRequest) => boolean, moment: Moment): Promise<number> {
    return this.#atNext(isWanted, moment, (brokerId) => this.#cluster.broker(brokerId).kill())
  }

  /**
   * Kills the transaction coordinator that sends the next markers: the transaction is prepared, and
   * not complete. Its markers are lost before or after the partitions have them. Resolves with its
   * id.
   */
  killBetweenPrepareAndComplete(moment: Moment): Promise<number> {
    return withDeadline(this.#markers.next(moment), 'no markers were sent').then(
      async (brokerId) => {
        await this.#cluster.broker(brokerId).kill()
        this.#markers.over()
        return brokerId
      },
    )
  }

  async kill(brokerId: number): Promise<void> {
    await this.#cluster.broker(brokerId).kill()
  }

  async startBroker(brokerId: number): Promise<void> {
    await this.#cluster.broker(brokerId).start()
  }

  /** Resolves when this many of these requests have arrived. */
  requests(count: number, isWanted: (request: PipelineRequest) => boolean): Promise<void> {
    let left = count
    let remove = () => {}
    const arrived = new Promise<void>((resolve) => {
      remove = this.#cluster.interceptors.add({
        when: isWanted,
        step: (request, next) => {
          if (--left <= 0) resolve()
          return next(request)
        },
      })
    })
    return withDeadline(arrived, 'too few requests arrived').finally(() => remove())
  }

  async close(): Promise<void> {
    await this.#cluster.close()
    rmSync(this.#dataDir, { recursive: true, force: true })
  }

  #atNext(
    isWanted: (request: PipelineRequest) => boolean,
    moment: Moment,
    crash: (brokerId: number) => Promise<void>,
  ): Promise<number> {
    let remove = () => {}
    const hit = new Promise<number>((resolve, reject) => {
      remove = this.#cluster.interceptors.add({
        when: isWanted,
        step: async (request, next): Promise<Reply> => {
          remove()
          if (moment === 'after') await next(request)
          const { brokerId } = request.services
          crash(brokerId).then(() => resolve(brokerId), reject)
          return CLOSE_CONNECTION
        },
      })
    })
    return withDeadline(hit, 'the request did not arrive').finally(() => remove())
  }
}

/** Loses the markers of one coordinator until it is dead. */
class MarkerFault {
  #armed: { moment: Moment; hit: (brokerId: number) => void } | undefined
  #dying: number | undefined

  next(moment: Moment): Promise<number> {
    return new Promise((hit) => (this.#armed = { moment, hit }))
  }

  over(): void {
    this.#dying = undefined
  }

  toPeer(senderId: number, direct: PeerBrokers): PeerBrokers {
    return {
      send: (...message) => {
        const [, api] = message
        if (api.key !== WriteTxnMarkers.key) return direct.send(...message)
        if (this.#dying === senderId) return undefined
        const armed = this.#armed
        if (armed === undefined) return direct.send(...message)
        this.#armed = undefined
        this.#dying = senderId
        if (armed.moment === 'after') void direct.send(...message)
        armed.hit(senderId)
        return undefined
      },
    }
  }
}

function withDeadline<T>(promise: Promise<T>, reason: string): Promise<T> {
  let deadline: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(new Error(reason)), waitMs)
  })
  return Promise.race([promise, overdue]).finally(() => clearTimeout(deadline))
}
