import { ErrorCode } from '../protocol/error-code.ts'
import { FindCoordinator } from '../protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/schema/index.ts'
import type { Signals } from './cancellation.ts'
import type { ClientCore } from './client-core.ts'
import { check, ClientError, isBrokerError, isRetriableError } from './client-error.ts'
import type { BrokerAddress } from './connection/broker-address.ts'
import type { BrokerConnection, SendOptions } from './connection/broker-connection.ts'

interface CoordinatorNode extends BrokerAddress {
  readonly nodeId: number
}

/** The `keyType` of FindCoordinator. */
const keyTypes = { group: 0, 'transactional id': 1 } as const

/**
 * The broker that coordinates a group or a transactional id. It is looked up when needed, and again
 * when it has moved.
 */
class Coordinator {
  readonly #core: ClientCore
  readonly #keyType: keyof typeof keyTypes
  readonly #key: string
  readonly #channel: string
  #node: CoordinatorNode | undefined

  protected constructor(
    core: ClientCore,
    keyType: keyof typeof keyTypes,
    key: string,
    channel: string,
  ) {
    this.#core = core
    this.#keyType = keyType
    this.#key = key
    this.#channel = channel
  }

  /**
   * Sends a request to the coordinator. After a connection error the next request looks it up
   * again.
   *
   * @throws BrokerError if the coordinator is not known yet
   */
  async send<A extends Api>(
    api: A,
    request: RequestInput<A>,
    options: SendOptions,
    signals: Signals,
  ): Promise<ResponseOf<A>> {
    const connection = await this.connection(signals)
    try {
      return await connection.send(api, request, options)
    } catch (error) {
      if (isRetriableError(error)) this.forget()
      throw error
    }
  }

  /** The id of the broker; `undefined` while it is not known. */
  get brokerId(): number | undefined {
    return this.#node?.nodeId
  }

  /** Returns the connection to the coordinator. */
  async connection(signals: Signals): Promise<BrokerConnection> {
    const { connections } = this.#core
    const node = this.#node ?? (await this.#find(signals))
    this.#node = node
    try {
      return await connections.get(node, this.#channel, signals)
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** Throws unless the code is 0. If the coordinator has moved, it is looked up again. */
  check(errorCode: number, operation: string, message?: string | null): void {
    try {
      check(errorCode, operation, message)
    } catch (error) {
      if (isBrokerError(error, ...movedErrors)) this.forget()
      throw error
    }
  }

  /** Makes the next request look up the coordinator again. */
  forget(): void {
    this.#node = undefined
  }

  /** Closes the connection. */
  close(): void {
    this.#core.connections.closeChannel(this.#channel)
  }

  async #find(signals: Signals): Promise<CoordinatorNode> {
    const name = `${this.#keyType} ${this.#key}`
    const connection = await this.#core.metadata.any(signals)
    // Early versions have one key, later ones several.
    const request = {
      key: this.#key,
      keyType: keyTypes[this.#keyType],
      coordinatorKeys: [this.#key],
    }
    const response = await connection.send(FindCoordinator, request)
    const found = response.coordinators[0] ?? response
    check(found.errorCode, `finding the coordinator of ${name}`, found.errorMessage)
    if (found.host === '') throw new ClientError('CONNECTION_FAILED', `${name} has no coordinator`)
    return { nodeId: found.nodeId, host: found.host, port: found.port }
  }
}

/** The broker that coordinates a group. */
export class GroupCoordinator extends Coordinator {
  readonly groupId: string

  /**
   * @param channel the connection: a separate one for a member, because JoinGroup blocks later
   * requests
   */
  constructor(core: ClientCore, groupId: string, channel: string) {
    super(core, 'group', groupId, channel)
    this.groupId = groupId
  }
}

/** The broker that coordinates the transactions of a transactional id. */
export class TransactionCoordinator extends Coordinator {
  readonly transactionalId: string

  constructor(core: ClientCore, transactionalId: string, channel: string) {
    super(core, 'transactional id', transactionalId, channel)
    this.transactionalId = transactionalId
  }
}

const movedErrors = [
  ErrorCode.NotCoordinator,
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.RequestTimedOut,
]
