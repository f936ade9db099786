import type { Answer } from '../controller/answer.ts'
import type { ControllerRequests, ProducerIds } from '../controller/operations.ts'

/**
 * The producer ids of one broker, from blocks that the controller allocates to it (Kafka's
 * `ProducerIdManager`).
 */
export class ProducerIdBlock {
  readonly #controller: ControllerRequests
  readonly #brokerId: number
  #next = 0
  #end = 0
  /** The request for the next block. */
  #pending: Promise<void> | undefined

  constructor(controller: ControllerRequests, brokerId: number) {
    this.#controller = controller
    this.#brokerId = brokerId
  }

  /**
   * Returns an id that no other producer of the cluster ever had; `undefined` if the controller
   * cannot allocate a block.
   */
  next(): Answer<number | undefined> {
    if (this.#next < this.#end) return this.#next++
    if (this.#pending === undefined) {
      const block = this.#controller.allocateProducerIds(this.#brokerId)
      if (!(block instanceof Promise)) {
        this.#take(block)
        return this.#nextOfBlock()
      }
      this.#pending = block.then((given) => this.#take(given))
    }
    return this.#pending.then(() => this.#nextOfBlock())
  }

  #take(block: ProducerIds | undefined): void {
    this.#pending = undefined
    if (block === undefined) return
    this.#next = block.firstProducerId
    this.#end = block.firstProducerId + block.count
  }

  /** Returns `undefined` if there is no block, or if its ids are used up. */
  #nextOfBlock(): number | undefined {
    return this.#next < this.#end ? this.#next++ : undefined
  }
}
