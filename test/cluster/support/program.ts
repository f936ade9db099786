import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const hooks = new URL('typescript.mjs', import.meta.url).href

/** A program of `programs/` in its own process, which is killed at the end of the test. */
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

  /** Resolves with the next line of JSON that the program writes. */
  async next<T>(): Promise<T> {
    const { done, value } = await this.#lines.next()
    if (done) throw new Error('the program has ended')
    return JSON.parse(value) as T
  }

  /** Resolves with the exit code when the program exits by itself. */
  async exitCode(): Promise<number | null> {
    const [code] = (await this.#exit) as [number | null]
    return code
  }

  /** Kills the program with `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}

/**
 * Runs a program of `programs/` until it exits. Resolves with the lines of JSON that it wrote to
 * stderr, parsed.
 */
export async function logOf(name: string): Promise<{ msg: string; level: number }[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', hooks, pathOf(name)])
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as { msg: string; level: number })
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))
}
