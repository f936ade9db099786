import { ErrorCode } from '../../protocol/error-code.ts'
import { FindCoordinator } from '../../protocol/messages/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { check, ClientError, isBrokerError, isRetriableError } from '../client-error.ts'
import type { BrokerAddress } from '../connection/broker-address.ts'
import type { BrokerConnection, SendOptions } from '../connection/broker-connection.ts'

/**
 * The broker that coordinates a group. It is looked up when needed, and again when it has moved.
 */
export class GroupCoordinator {
  readonly groupId: string
  readonly #core: ClientCore
  readonly #channel: string
  #address: BrokerAddress | undefined

  /**
   * @param channel the connection: a separate one for a member, because JoinGroup blocks later
   * requests
   */
  constructor(core: ClientCore, groupId: string, channel: string) {
    this.#core = core
    this.groupId = groupId
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

  /** Returns the connection to the coordinator. */
  async connection(signals: Signals): Promise<BrokerConnection> {
    const { connections } = this.#core
    const address = this.#address ?? (await this.#find(signals))
    this.#address = address
    try {
      return await connections.get(address, this.#channel, signals)
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
    this.#address = undefined
  }

  /** Closes the connection. */
  close(): void {
    this.#core.connections.closeChannel(this.#channel)
  }

  async #find(signals: Signals): Promise<BrokerAddress> {
    const { groupId } = this
    const connection = await this.#core.metadata.any(signals)
    // Early versions have one key, later ones several.
    const request = { key: groupId, coordinatorKeys: [groupId] }
    const response = await connection.send(FindCoordinator, request)
    const found = response.coordinators[0] ?? response
    check(found.errorCode, `finding the coordinator of group ${groupId}`, found.errorMessage)
    if (found.host === '')
      throw new ClientError('CONNECTION_FAILED', `group ${groupId} has no coordinator`)
    return { host: found.host, port: found.port }
  }
}

const movedErrors = [
  ErrorCode.NotCoordinator,
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.RequestTimedOut,
]
