import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { projectRoot } from '../support/source-files.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `odradek` process. */
export class Odradek {
  readonly child: ChildProcess
  readonly #exited: Promise<unknown>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [join(projectRoot, 'bin/odradek.js'), ...args])
    this.child.stdout!.on('data', (chunk: Buffer) => (this.stdout += String(chunk)))
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += String(chunk)))
    this.#exited = once(this.child, 'close')
  }

  /** Resolves when the output contains a text; rejects when the process exits before. */
  async prints(text: string): Promise<void> {
    const ended = this.#exited.then(() => false)
    while (!this.stdout.includes(text)) {
      const goesOn = await Promise.race([once(this.child.stdout!, 'data'), ended])
      if (!goesOn && !this.stdout.includes(text))
        throw new Error(`no '${text}' in ${this.stdout}${this.stderr}`)
    }
  }

  async outcome(): Promise<Outcome> {
    await this.#exited
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }

  async end(signal: NodeJS.Signals): Promise<Outcome> {
    this.child.kill(signal)
    return this.outcome()
  }
}

/** Runs `odradek` until it exits. */
export function odradek(args: readonly string[], input = ''): Promise<Outcome> {
  const process = new Odradek(args)
  // A refused command exits before it has read its input.
  process.child.stdin!.on('error', () => {}).end(input)
  return process.outcome()
}
