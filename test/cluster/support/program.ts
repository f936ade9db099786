import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const hooks = new URL('typescript.mjs', import.meta.url).href

/** One of `programs/`, run in a process of its own that does not outlive the test. */
export class Program {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #exit: Promise<unknown[]>

  constructor(name: string, ...args: string[]) {
    this.#child = spawn(process.execPath, ['--import', hooks, pathOf(name), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#exit = once(this.#child, 'exit')
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]()
    onTestFinished(() => this.kill())
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** What the program writes next, one line of JSON. */
  async next<T>(): Promise<T> {
    const { done, value } = await this.#lines.next()
    if (done) throw new Error('the program has ended')
    return JSON.parse(value) as T
  }

  /** Resolves with the exit code when the program ends by itself. */
  async exitCode(): Promise<number | null> {
    const [code] = (await this.#exit) as [number | null]
    return code
  }

  /** Ends the program as `kill -9` does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}

/** Runs one of `programs/` to its end. Resolves with the objects that it wrote to stderr, one line of JSON each. */
export async function logOf(name: string): Promise<{ msg: string; level: number }[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', hooks, pathOf(name)])
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as { msg: string; level: number })
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))
}
