import type { PeerBrokers } from '../../../../src/broker/peer-brokers.ts'
import type { InterBroker } from '../../../../src/cluster/inter-broker.ts'
import type { Api, RequestOf } from '../../../../src/protocol/schema/index.ts'
import type { Dice } from '../../dice.ts'
import type { Trace } from '../trace.ts'
import type { SimulatedProcess } from './process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How messages from one broker to another travel. */
export interface PeerSettings {
  /** The usual latency, in milliseconds. */
  readonly latencyMs: number
  /** The share of messages that take up to five hundred times as long, 0 to 1. */
  readonly slowness: number
  /** The share of requests and of responses that are lost, 0 to 1. The sender notices it. */
  readonly loss: number
}

/** The parts of the simulation that messages between brokers use. */
export interface PeerWorld {
  readonly time: VirtualTime
  readonly trace: Trace
  readonly dice: Dice
  /** Whether no message may be lost any more. */
  readonly isCalm: () => boolean
  /** Called when a request has reached its broker. */
  readonly onPeerRequest: OnPeerRequest
}

/** Takes a request from one broker to another. */
export type OnPeerRequest = <A extends Api>(api: A, request: RequestOf<A>) => void

/**
 * Returns the channels between the brokers of a process, through which messages travel in virtual
 * time, in any order.
 *
 * @param settings undefined: messages are calls
 */
export function simulatedInterBroker(
  process: SimulatedProcess,
  settings: PeerSettings | undefined,
  world: PeerWorld,
): InterBroker {
  const observed = (direct: PeerBrokers): PeerBrokers => ({
    send: (to, api, version, request, connection) => {
      world.onPeerRequest(api, request)
      return direct.send(to, api, version, request, connection)
    },
  })
  return {
    toController: (_brokerId, direct) => direct,
    toBroker: (_metadata, deliver) => deliver,
    toPeer: (from, direct) =>
      settings === undefined
        ? observed(direct)
        : delayed(process, settings, world, from, observed(direct)),
  }
}

/** Returns a channel of a broker whose messages take time, and may be lost. */
function delayed(
  process: SimulatedProcess,
  settings: PeerSettings,
  { time, trace, dice, isCalm }: PeerWorld,
  from: number,
  direct: PeerBrokers,
): PeerBrokers {
  const travel = async (): Promise<boolean> => {
    const isSlow = dice.chance(settings.slowness)
    const isLost = dice.chance(settings.loss)
    const delayMs =
      settings.latencyMs * (isSlow ? dice.between(10, 500) : 0.5 + dice.int(100) / 100)
    await time.pass(delayMs)
    if (process.isDead) await new Promise(() => {})
    return !isLost || isCalm()
  }
  return {
    send: async (to, api, version, request, connection) => {
      if (!(await travel())) {
        trace.note('peers', () => `${api.name} from ${from} to ${to} is lost`)
        return undefined
      }
      const response = await direct.send(to, api, version, request, connection)
      if (await travel()) return response
      trace.note('peers', () => `the response to ${api.name} from ${to} to ${from} is lost`)
      return undefined
    },
  }
}
