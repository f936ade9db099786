import type { Turn } from '../../platform/turn.ts'

/** Numbers the turns of the event loop in which it is read. An idle one has no work. */
export class TurnNumber {
  readonly #turn: Turn
  #current = 0
  #isRead = false

  constructor(turn: Turn) {
    this.#turn = turn
  }

  get current(): number {
    if (!this.#isRead) {
      this.#isRead = true
      this.#turn.after(() => {
        this.#isRead = false
        this.#current++
      })
    }
    return this.#current
  }
}
