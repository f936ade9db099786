import type { VirtualTime } from './machine/virtual-time.ts'

/** Writes the events of a history: the time in seconds, who, and what. */
export class Trace {
  readonly #time: VirtualTime
  readonly #onLine: ((line: string) => void) | undefined
  readonly #startMs: number

  /** @param onLine called with each line; without it no line is created */
  constructor(time: VirtualTime, onLine: ((line: string) => void) | undefined) {
    this.#time = time
    this.#onLine = onLine
    this.#startMs = time.nowMs
  }

  get isOn(): boolean {
    return this.#onLine !== undefined
  }

  note(who: string, what: () => string): void {
    if (this.#onLine === undefined) return
    const seconds = ((this.#time.nowMs - this.#startMs) / 1000).toFixed(4).padStart(9)
    this.#onLine(`${seconds}  ${who.padEnd(11)} ${what()}`)
  }
}
