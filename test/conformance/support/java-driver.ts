import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tools } from '../setup/tools.ts'
import { jvmOptions } from './java-tools.ts'

/**
 * A Java program of `test/conformance/java` that answers each line of its input with one line. It
 * calls classes of a real Kafka.
 */
export class JavaDriver {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string) => void)[] = []
  #said = ''
  #hasEnded = false

  constructor(tool: Tools['kafka'], program: string) {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    const source = fileURLToPath(new URL(`../java/${program}.java`, import.meta.url))
    this.#child = spawn(tool.executable, [...jvmOptions(tool.classpath), source])
    createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.(line))
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    this.#child.on('close', () => {
      this.#hasEnded = true
      for (const resolve of this.#waiting) resolve('{"error":"ended"}')
    })
  }

  /** The text that the program has written to stderr. */
  get said(): string {
    return this.#said
  }

  /** Sends one line of JSON, and returns the parsed answer. */
  async ask(
    question: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (this.#hasEnded) throw new Error(`the driver has ended: ${this.#said}`)
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve)
      this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    })
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    if (!this.#hasEnded) await ended
  }
}
