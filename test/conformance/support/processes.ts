import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { waitMs } from './patience.ts'

/** The output and exit code of a command line client. */
export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line client until it exits. Kills it after `timeoutMs`. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<Outcome> {
  const { input = '', timeoutMs = waitMs } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: timeoutMs, killSignal: 'SIGKILL' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (exitCode) =>
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    )
    // A client that exits before it has read everything is not an error.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** A command line client that runs until it is stopped, read line by line. */
export class RunningProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<void>

  constructor(
    command: string,
    args: readonly string[],
    listeners: {
      onOutput(line: string): void
      onError(line: string): void
      onEnd(): void
    },
  ) {
    this.#child = spawn(command, args)
    createInterface(this.#child.stdout).on('line', (line) => listeners.onOutput(line))
    createInterface(this.#child.stderr).on('line', (line) => listeners.onError(line))
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', () => {
        listeners.onEnd()
        resolve()
      })
    })
    this.#child.on('error', () => {})
  }

  /** Stops it as Ctrl-C does. */
  async stop(): Promise<void> {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), waitMs)
    this.#child.kill('SIGTERM')
    await this.#ended
    clearTimeout(deadline)
  }
}
