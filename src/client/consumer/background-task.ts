type State<T> =
  | { readonly is: 'idle' }
  | { readonly is: 'running' }
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'failed'; readonly error: unknown }

/** Work that goes on between two polls; its outcome is taken by a later poll. */
export class BackgroundTask<T> {
  readonly #onDone: () => void
  #state: State<T> = { is: 'idle' }
  #number = 0

  /** @param onDone called when the outcome can be taken */
  constructor(onDone: () => void) {
    this.#onDone = onDone
  }

  /** Whether nothing runs and no outcome waits. */
  get isIdle(): boolean {
    return this.#state.is === 'idle'
  }

  /** Starts the work. Call it only when idle. */
  start(work: () => Promise<T>): void {
    this.#state = { is: 'running' }
    const number = ++this.#number
    const finish = (state: State<T>): void => {
      if (number !== this.#number) return
      this.#state = state
      this.#onDone()
    }
    work().then(
      (value) => finish({ is: 'done', value }),
      (error: unknown) => finish({ is: 'failed', error }),
    )
  }

  /** Ignores the outcome of the work that runs, or was done. */
  discard(): void {
    this.#number++
    this.#state = { is: 'idle' }
  }

  /** Returns the result once, `undefined` while there is none. Throws what the work threw. */
  take(): { readonly value: T } | undefined {
    const state = this.#state
    if (state.is === 'idle' || state.is === 'running') return undefined
    this.#state = { is: 'idle' }
    if (state.is === 'failed') throw state.error
    return state
  }
}
