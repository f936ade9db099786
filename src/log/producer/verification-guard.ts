/** A transactional batch whose partition is to be verified before the append. */
export interface BatchToVerify {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/**
 * Permits the first append of a producer in a transaction (Kafka's `VerificationStateEntry` and
 * `VerificationGuard`, KIP-890). It is created before the coordinator is asked whether the
 * partition belongs to the transaction, and dropped by the first append or by a marker. So an
 * append whose verification is older than the end of the transaction is refused.
 */
export class VerificationGuard {
  readonly createdMs: number
  /** Whether the client uses version 2 of the transaction protocol. */
  readonly supportsEpochBump: boolean
  #producerEpoch: number
  #lowestSequence: number

  constructor(createdMs: number, batch: BatchToVerify, supportsEpochBump: boolean) {
    this.createdMs = createdMs
    this.supportsEpochBump = supportsEpochBump
    this.#producerEpoch = batch.producerEpoch
    this.#lowestSequence = batch.baseSequence
  }

  /**
   * The lowest sequence that waits for verification. A higher one must not be appended before:
   * otherwise the lower one would be out of order forever.
   */
  get lowestSequence(): number {
    return this.#lowestSequence
  }

  /** Notes another batch that waits for verification. */
  add({ producerEpoch, baseSequence }: BatchToVerify): void {
    if (producerEpoch > this.#producerEpoch) {
      this.#producerEpoch = producerEpoch
      this.#lowestSequence = baseSequence
    } else if (producerEpoch === this.#producerEpoch && baseSequence < this.#lowestSequence) {
      this.#lowestSequence = baseSequence
    }
  }
}
