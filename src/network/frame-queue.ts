/** Frames that wait for the previous one, first in, first out. */
export class FrameQueue {
  #frames: Buffer[] = []
  #head = 0
  #sizeInBytes = 0

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  push(frame: Buffer): void {
    this.#frames.push(frame)
    this.#sizeInBytes += frame.length
  }

  shift(): Buffer | undefined {
    const frame = this.#frames[this.#head]
    if (frame === undefined) return undefined
    this.#head++
    this.#sizeInBytes -= frame.length
    if (this.#head === this.#frames.length) this.clear()
    return frame
  }

  clear(): void {
    this.#frames = []
    this.#head = 0
    this.#sizeInBytes = 0
  }
}
