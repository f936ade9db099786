import type { ControllerOperations } from '../controller/operations.ts'

/** Producer ids for one broker, out of blocks that the controller gives to it alone (Kafka's `ProducerIdManager`). */
export class ProducerIdBlock {
  readonly #controller: ControllerOperations
  readonly #brokerId: number
  #next = 0
  #end = 0

  constructor(controller: ControllerOperations, brokerId: number) {
    this.#controller = controller
    this.#brokerId = brokerId
  }

  /** An id that no other producer of the cluster has or had. */
  next(): number {
    if (this.#next === this.#end) {
      const { firstProducerId, count } = this.#controller.allocateProducerIds(this.#brokerId)
      this.#next = firstProducerId
      this.#end = firstProducerId + count
    }
    return this.#next++
  }
}
