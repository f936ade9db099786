import { systemError } from '../../../../src/platform/system-error.ts'
import type { Dice } from '../../dice.ts'
import type { ServerSocket } from './server-socket.ts'
import type { VirtualNetwork } from './virtual-network.ts'

/** Events of a connection that the client receives. */
export interface ClientEvents {
  onConnect(): void
  onData(bytes: Buffer): void
  /** The connection was closed, reset or refused. It is the last event. */
  onClose(reason: string): void
}

export interface ConnectionOptions {
  /** The port of the client. */
  readonly id: number
  readonly client: string
  readonly port: number
  readonly events: ClientEvents
  readonly dice: Dice
}

/** Bytes, or a close, on the way in one direction. */
interface Parcel {
  readonly atMs: number
  readonly sizeInBytes: number
  readonly arrive: () => void
}

/**
 * One connection between a client and a port. In each of its two directions everything arrives in
 * order.
 */
export class VirtualConnection {
  readonly id: number
  readonly client: string
  readonly port: number
  readonly #network: VirtualNetwork
  readonly #events: ClientEvents
  readonly #dice: Dice
  readonly #toServer: Direction
  readonly #toClient: Direction
  #server: ServerSocket | undefined
  /** Since this time, no fault explains a missing response. */
  #healthySinceMs: number
  #isClosedByClient = false
  #hasLostServer = false
  #unreadByServer: Buffer[] = []
  #serverReads = true
  #endedByClient = false
  #hasServerReadAll = false
  #blockedWrites: (() => void)[] = []

  constructor(network: VirtualNetwork, { id, client, port, events, dice }: ConnectionOptions) {
    this.id = id
    this.#network = network
    this.client = client
    this.port = port
    this.#events = events
    this.#dice = dice
    this.#healthySinceMs = network.time.nowMs
    const blockedForMs = (): number => {
      const ms = network.cutForMs(client, port)
      if (ms > 0) this.#healthySinceMs = network.time.nowMs + ms
      return ms
    }
    this.#toServer = new Direction(network, dice, blockedForMs)
    this.#toClient = new Direction(network, dice, blockedForMs)
    this.#toServer.send(0, () => this.#open())
  }

  /** Whether no fault since the given time explains a missing response. */
  wasHealthySince(ms: number): boolean {
    if (this.#network.cutForMs(this.client, this.port) > 0) return false
    return this.#server !== undefined && !this.#hasLostServer && this.#healthySinceMs <= ms
  }

  // The client's end.

  write(bytes: Buffer): void {
    if (this.#isClosedByClient) return
    for (const piece of this.#fragments(bytes)) {
      this.#toServer.send(piece.length, () => this.#arriveAtServer(piece))
    }
  }

  /** Closes the client's end. Bytes that were sent still arrive. */
  close(): void {
    if (this.#isClosedByClient) return
    this.#closeClient()
    this.#toServer.send(0, () => this.#endAtServer())
  }

  /** Stops the client from reading for some milliseconds. */
  pauseReading(forMs: number): void {
    this.#toClient.holdBack(forMs)
    this.#healthySinceMs = Math.max(this.#healthySinceMs, this.#network.time.nowMs + forMs)
  }

  // The broker's end.

  sendToClient(bytes: Buffer, taken: () => void): void {
    for (const piece of this.#fragments(bytes)) {
      this.#toClient.send(piece.length, () => this.#arriveAtClient(piece))
    }
    if (this.#toClient.bytes <= this.#network.settings.sendBufferBytes) {
      this.#network.time.schedule(0, taken)
    } else {
      this.#blockedWrites.push(taken)
    }
  }

  endToClient(): void {
    this.#toClient.send(0, () => this.#loseByClient('the broker closed the connection'))
  }

  readByServer(): void {
    this.#serverReads = true
    this.#pushToServer()
  }

  closedByServer(): void {
    if (this.#server === undefined) return
    this.#server = undefined
    this.endToClient()
    this.#forgetIfOver()
  }

  // What happens to both.

  /** Resets the connection at both ends. Bytes in flight may be lost. */
  reset(): void {
    this.#healthySinceMs = Infinity
    const error = systemError('ECONNRESET', 'the connection was reset')
    this.#toServer.loseSome()
    this.#toServer.send(0, () => this.#server?.destroy(error))
    this.#toClient.loseSome()
    this.#toClient.send(0, () => this.#loseByClient('the connection was reset'))
  }

  /** Ends the broker's side, because its process is dead. */
  loseServer(isWholeMachine: boolean): void {
    this.#hasLostServer = true
    this.#healthySinceMs = Infinity
    const server = this.#server
    this.#server = undefined
    server?.removeAllListeners()
    server?.on('error', () => {})
    server?.destroy()
    this.#toServer.loseSome()
    this.#toClient.loseSome()
    if (!isWholeMachine) {
      this.#toClient.send(0, () => this.#loseByClient('the process of the broker ended'))
    }
    this.#forgetIfOver()
  }

  #open(): void {
    if (this.#isClosedByClient || this.#network.isSilent(this.port)) return
    this.#server = this.#network.accept(this)
    if (this.#server === undefined) {
      this.#toClient.send(0, () => this.#loseByClient('the connection was refused'))
      return
    }
    this.#toClient.send(0, () => {
      if (!this.#isClosedByClient) this.#events.onConnect()
    })
  }

  #arriveAtServer(bytes: Buffer): void {
    if (this.#server === undefined) return this.#refuse()
    this.#unreadByServer.push(bytes)
    this.#pushToServer()
  }

  #endAtServer(): void {
    this.#endedByClient = true
    this.#pushToServer()
  }

  #pushToServer(): void {
    while (this.#serverReads && this.#unreadByServer.length > 0) {
      this.#serverReads = this.#server?.push(this.#unreadByServer.shift()) ?? false
    }
    if (!this.#endedByClient || this.#hasServerReadAll || this.#unreadByServer.length > 0) return
    this.#hasServerReadAll = true
    this.#server?.push(null)
  }

  /** Resets the connection, because the restarted machine does not know it. */
  #refuse(): void {
    if (this.#network.isSilent(this.port)) return
    this.#toClient.send(0, () => this.#loseByClient('the connection was reset'))
  }

  #arriveAtClient(bytes: Buffer): void {
    if (this.#isClosedByClient) {
      const error = systemError('EPIPE', 'the client closed')
      this.#toServer.send(0, () => this.#server?.destroy(error))
    } else {
      this.#events.onData(bytes)
    }
    this.#unblockWrites()
  }

  #unblockWrites(): void {
    if (this.#toClient.bytes > this.#network.settings.sendBufferBytes) return
    for (const taken of this.#blockedWrites.splice(0)) this.#network.time.schedule(0, taken)
  }

  #loseByClient(reason: string): void {
    if (!this.#isClosedByClient) {
      this.#closeClient()
      this.#events.onClose(reason)
      this.#toServer.send(0, () => this.#endAtServer())
    }
  }

  #closeClient(): void {
    this.#isClosedByClient = true
    this.#unblockWrites()
    this.#forgetIfOver()
  }

  /** Removes the connection from the network when both ends are closed. */
  #forgetIfOver(): void {
    if (this.#isClosedByClient && this.#server === undefined) this.#network.forget(this)
  }

  #fragments(bytes: Buffer): Buffer[] {
    const { fragmentation } = this.#network.settings
    if (bytes.length < 2 || !this.#dice.chance(fragmentation)) return [bytes]
    const at = this.#dice.between(1, bytes.length - 1)
    return [bytes.subarray(0, at), bytes.subarray(at)]
  }
}

/** One direction of a connection. */
class Direction {
  readonly #network: VirtualNetwork
  readonly #dice: Dice
  readonly #blockedForMs: () => number
  readonly #parcels: Parcel[] = []
  #lastAtMs = 0
  #heldUntilMs = 0
  #isMoving = false
  #bytes = 0

  /** @param blockedForMs how long nothing arrives; 0 if nothing is blocked */
  constructor(network: VirtualNetwork, dice: Dice, blockedForMs: () => number) {
    this.#network = network
    this.#dice = dice
    this.#blockedForMs = blockedForMs
  }

  /** The number of bytes in flight. */
  get bytes(): number {
    return this.#bytes
  }

  send(sizeInBytes: number, arrive: () => void): void {
    const { latencyMs, jitter } = this.#network.settings
    const factor = this.#dice.chance(jitter) ? this.#dice.between(2, 20) : 1
    const delayMs = latencyMs * factor * (0.5 + this.#dice.int(1000) / 1000)
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#network.time.nowMs + delayMs)
    this.#parcels.push({ atMs: this.#lastAtMs, sizeInBytes, arrive })
    this.#bytes += sizeInBytes
    this.#move()
  }

  /** Holds back all arrivals for some milliseconds. */
  holdBack(forMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#network.time.nowMs + forMs)
  }

  /** Drops a random number of the last parcels. */
  loseSome(): void {
    const kept = this.#dice.int(this.#parcels.length + 1)
    for (const { sizeInBytes } of this.#parcels.splice(kept)) this.#bytes -= sizeInBytes
  }

  #move(): void {
    const next = this.#parcels[0]
    if (this.#isMoving || next === undefined) return
    this.#isMoving = true
    const { time } = this.#network
    time.schedule(Math.max(next.atMs, this.#heldUntilMs) - time.nowMs, () => this.#arrive())
  }

  #arrive(): void {
    this.#isMoving = false
    const { time } = this.#network
    const blockedForMs = Math.max(this.#blockedForMs(), this.#heldUntilMs - time.nowMs)
    if (blockedForMs > 0) {
      this.#isMoving = true
      time.schedule(blockedForMs + this.#dice.int(10), () => this.#arrive())
      return
    }
    const parcel = this.#parcels.shift()
    if (parcel === undefined) return
    this.#bytes -= parcel.sizeInBytes
    parcel.arrive()
    this.#move()
  }
}
