import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ApiVersions } from '../../../../src/protocol/messages/18-api-versions.ts'
import { InitProducerId } from '../../../../src/protocol/messages/22-init-producer-id.ts'
import { AddPartitionsToTxn } from '../../../../src/protocol/messages/24-add-partitions-to-txn.ts'
import { AddOffsetsToTxn } from '../../../../src/protocol/messages/25-add-offsets-to-txn.ts'
import { EndTxn } from '../../../../src/protocol/messages/26-end-txn.ts'
import type { Api, RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import { Session, type Identity, type TransactionalId } from '../model/transactional-id.ts'
import type { Ending, Transaction } from '../model/transaction.ts'
import { ClientClosed, orLost, TRANSACTION, type Client } from './client.ts'
import { byTopic, isOfCoordinator } from './offsets.ts'

/** The number of attempts after which a request counts as refused for good. */
const MAX_ATTEMPTS = 400

/** The next action of the producer: continue, abort its transaction, or start again. */
export type Verdict = 'ok' | 'abort' | 'fenced'

/** Errors of a transaction that its timeout or another producer has ended. */
const fences = new Set<number>([
  ErrorCode.ProducerFenced,
  ErrorCode.InvalidProducerEpoch,
  ErrorCode.InvalidTxnState,
  ErrorCode.TransactionAbortable,
])

/** The requests of one transactional producer to its coordinator. */
export class TransactionCalls {
  readonly client: Client
  readonly id: TransactionalId
  readonly #timeoutMs: number
  session: Session | undefined
  /** Whether copies of requests may arrive later, or sequences are uncertain. */
  hasLost = false

  constructor(client: Client, id: TransactionalId, timeoutMs: number) {
    this.client = client
    this.id = id
    this.#timeoutMs = timeoutMs
  }

  /** Returns the level of `transaction.version`. */
  async transactionVersion(): Promise<number> {
    const request = { clientSoftwareName: 'simulator', clientSoftwareVersion: '1' }
    const { response } = await this.client.ask(this.client.anyPort, ApiVersions, 4, request)
    const found = response.finalizedFeatures.find(({ name }) => name === 'transaction.version')
    return found?.maxVersionLevel ?? 0
  }

  /** Begins a session, which fences all other producers with the transactional id. */
  async init(): Promise<void> {
    const session = new Session()
    this.id.beginInit(session)
    await this.#init(session, { producerId: -1, producerEpoch: -1 })
    this.session = session
  }

  /** Gets a new epoch for the session (KIP-360). */
  async bumpEpoch(): Promise<Verdict> {
    const session = this.session!
    this.hasLost = false
    this.id.continueSession()
    return this.#init(session, session)
  }

  async #init(session: Session, { producerId, producerEpoch }: Identity): Promise<Verdict> {
    const isNew = producerId === -1
    const wasFenced = session.isFenced
    const { client, id } = this
    const request = {
      transactionalId: id.name,
      transactionTimeoutMs: this.#timeoutMs,
      producerId,
      producerEpoch,
    }
    const version = isNew ? client.version(2, 5) : client.version(3, 5)
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const port = await client.coordinatorPort(id.name, TRANSACTION)
      const sentAtMs = client.nowMs
      const response = await orLost(client.call(port, InitProducerId, version, request))
      if (response === undefined) {
        id.loseInit(client.nowMs)
        client.forgetCoordinator(id.name)
      } else if (response.errorCode === ErrorCode.None) {
        if (wasFenced) this.#disagree('InitProducerId accepts a fenced producer')
        id.initialized(session, response, { sentAtMs, nowMs: client.nowMs, isNew })
        return 'ok'
      } else if (!this.#isPassing(response.errorCode)) {
        // A late copy of a request may have begun a transaction, which has timed out.
        if (!isNew && fences.has(response.errorCode)) return 'fenced'
        if (response.errorCode === ErrorCode.UnsupportedVersion) this.#endIfBlocked()
        this.#disagree(`InitProducerId is answered with error ${response.errorCode}`)
      }
      await client.backOff()
    }
    this.#endIfBlocked()
    return this.#disagree('InitProducerId never succeeds')
  }

  /**
   * Adds partitions explicitly.
   *
   * @param partitions such as `t0-1`
   */
  async addPartitions(transaction: Transaction, partitions: readonly string[]): Promise<Verdict> {
    const { name } = this.id
    const topics = byTopic(partitions)
    const request = {
      transactions: [],
      v3AndBelowTransactionalId: name,
      v3AndBelowProducerId: transaction.producerId,
      v3AndBelowProducerEpoch: transaction.producerEpoch,
      v3AndBelowTopics: topics,
    }
    const errorsOf = (response: ResponseOf<typeof AddPartitionsToTxn>): number[] =>
      response.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
        resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
      )
    const errorOf = (response: ResponseOf<typeof AddPartitionsToTxn>): number => {
      const errors = errorsOf(response).filter((code) => code !== ErrorCode.OperationNotAttempted)
      return errors.find((code) => code !== ErrorCode.None) ?? ErrorCode.None
    }
    const version = this.client.version(0, 3)
    const { verdict } = await this.call(transaction, AddPartitionsToTxn, version, request, errorOf)
    if (verdict === 'ok') for (const each of partitions) transaction.add(each, this.client.nowMs)
    return verdict
  }

  async addOffsets(transaction: Transaction, groupId: string): Promise<Verdict> {
    const { producerId, producerEpoch } = transaction
    const request = { transactionalId: this.id.name, producerId, producerEpoch, groupId }
    const version = this.client.version(0, 4)
    const { verdict } = await this.call(
      transaction,
      AddOffsetsToTxn,
      version,
      request,
      ({ errorCode }) => errorCode,
    )
    if (verdict === 'ok') transaction.hasOffsets = true
    return verdict
  }

  /** Ends a transaction. */
  async end(transaction: Transaction, ending: Ending, version: number): Promise<Verdict> {
    const session = this.session!
    transaction.ask(ending, this.client.nowMs)
    const sentAtMs = this.client.nowMs
    const { verdict, response } = await this.call(
      transaction,
      EndTxn,
      version,
      this.#endRequest(transaction, ending),
      ({ errorCode }) => errorCode,
    )
    if (response === undefined) return verdict
    transaction.endsAs(ending, 'EndTxn', this.client.nowMs)
    if (version >= 5) {
      this.id.learn(response, sentAtMs, this.client.nowMs)
      session.producerId = response.producerId
      session.producerEpoch = response.producerEpoch
    }
    return 'ok'
  }

  /** Asks again for the ending that a transaction has, or for the other one. */
  async endAgain(transaction: Transaction, ending: Ending, version: number): Promise<void> {
    const { client, id } = this
    const port = await client.coordinatorPort(id.name, TRANSACTION)
    const request = this.#endRequest(transaction, ending)
    const response = await orLost(client.call(port, EndTxn, version, request))
    if (response === undefined) {
      this.hasLost = true
      return client.forgetCoordinator(id.name)
    }
    const { errorCode } = response
    if (errorCode === ErrorCode.None) transaction.endsAs(ending, 'a second EndTxn', client.nowMs)
    else if (this.#isPassing(errorCode)) return
    else if (ending === transaction.ending && !transaction.mayBeEndedByOthers(client.nowMs)) {
      this.#disagree(`a second EndTxn is answered with error ${errorCode}`)
    } else if (!fences.has(errorCode)) {
      this.#disagree(`EndTxn with the other ending is answered with error ${errorCode}`)
    }
  }

  #endRequest({ producerId, producerEpoch }: Transaction, ending: Ending) {
    const committed = ending === 'committed'
    return { transactionalId: this.id.name, producerId, producerEpoch, committed }
  }

  /** Sends a request until it is accepted, or refused for good. */
  async call<A extends Api>(
    transaction: Transaction,
    api: A,
    version: number,
    request: RequestInput<A>,
    errorOf: (response: ResponseOf<A>) => number,
  ): Promise<{ verdict: Verdict; response?: ResponseOf<A> }> {
    const { client, id } = this
    const wasFenced = transaction.session.isFenced
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const port = await client.coordinatorPort(id.name, TRANSACTION)
      transaction.start(client.nowMs)
      const response = await orLost(client.call(port, api, version, request))
      if (response === undefined) {
        this.hasLost = true
        client.forgetCoordinator(id.name)
        await client.backOff()
        continue
      }
      const errorCode = errorOf(response)
      if (errorCode === ErrorCode.None) {
        if (wasFenced) this.#disagree(`${api.name} accepts a fenced producer`)
        return { verdict: 'ok', response }
      }
      const verdict = this.verdict(errorCode, api.name, transaction)
      if (verdict !== 'again') return { verdict }
      await client.backOff()
    }
    this.#endIfBlocked()
    return this.#disagree(`${api.name} never succeeds`)
  }

  /**
   * Returns the next action after an error of a request that adds a partition implicitly. The
   * marker of the previous transaction may be written while a broker adds the partition. Then the
   * broker cannot be sure that the transaction is still open (`VerificationGuard`).
   */
  implicitVerdict(errorCode: number, name: string, transaction: Transaction) {
    if (errorCode === ErrorCode.InvalidTxnState) return 'abort'
    return this.verdict(errorCode, name, transaction)
  }

  /** Returns the next action after an error of a request within a transaction. */
  verdict(errorCode: number, name: string, transaction: Transaction): 'again' | 'abort' | 'fenced' {
    if (this.#isPassing(errorCode)) return 'again'
    if (fences.has(errorCode) && transaction.mayBeEndedByOthers(this.client.nowMs)) return 'fenced'
    // A topic may be deleted at any time.
    if (errorCode === ErrorCode.UnknownTopicOrPartition) return 'abort'
    return this.#disagree(`${name} in ${transaction.name} is answered with error ${errorCode}`)
  }

  /** Ends the producer if nothing may succeed for its transactional id, as Java's client does. */
  #endIfBlocked(): void {
    const { client, id } = this
    if (!client.world.model.transactions.mayBeBlocked(id, client.nowMs)) return
    client.close()
    throw new ClientClosed()
  }

  #isPassing(errorCode: number): boolean {
    if (isOfCoordinator(errorCode)) this.client.forgetCoordinator(this.id.name)
    return isOfCoordinator(errorCode) || errorCode === ErrorCode.ConcurrentTransactions
  }

  #disagree(message: string): never {
    return this.client.world.disagree(`${this.id.name}: ${message}`)
  }
}
