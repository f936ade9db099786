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

  /** An id that no other producer of the cluster has or had; `undefined` when the controller can give none. */
  next(): number | undefined {
    if (this.#next === this.#end) {
      const block = this.#controller.allocateProducerIds(this.#brokerId)
      if (block === undefined) return undefined
      this.#next = block.firstProducerId
      this.#end = block.firstProducerId + block.count
    }
    return this.#next++
  }
}
