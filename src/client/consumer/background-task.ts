type State<T> =
  | { readonly is: 'idle' }
  | { readonly is: 'running' }
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'failed'; readonly error: unknown }

/** Work that continues between two polls. A later poll takes its result. */
export class BackgroundTask<T> {
  readonly #onDone: () => void
  #state: State<T> = { is: 'idle' }
  #number = 0

  /** @param onDone called when the result is available */
  constructor(onDone: () => void) {
    this.#onDone = onDone
  }

  /** Whether nothing runs and no result waits. */
  get isIdle(): boolean {
    return this.#state.is === 'idle'
  }

  /** Starts the work. Call it only if idle. */
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

  /** Ignores the result of running or completed work. */
  discard(): void {
    this.#number++
    this.#state = { is: 'idle' }
  }

  /** Returns the result once, `undefined` if there is none. Throws the error of the work. */
  take(): { readonly value: T } | undefined {
    const state = this.#state
    if (state.is === 'idle' || state.is === 'running') return undefined
    this.#state = { is: 'idle' }
    if (state.is === 'failed') throw state.error
    return state
  }
}
