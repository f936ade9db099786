import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tools } from '../setup/tools.ts'
import { jvmOptions } from './java-tools.ts'

/** A record that a share consumer has acquired. */
export interface AcquiredRecord {
  readonly value: string
  /** 1 if it is delivered for the first time. */
  readonly deliveryCount: number
}

/** `renew` extends the acquisition lock. Not all clients have it. */
export type AcknowledgeType = 'accept' | 'release' | 'reject' | 'renew'

interface Answer {
  readonly error?: string
  readonly records?: readonly AcquiredRecord[]
  readonly failed?: readonly string[]
}

const ended = '{"error":"the process has ended"}'

/** Share consumers of one client library, in a process of their own. */
export class ShareConsumers {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string) => void)[] = []
  #hasEnded = false
  /** Whether {@link kill} was called. */
  isKilled = false

  private constructor(executable: string, args: readonly string[]) {
    this.#child = spawn(executable, args)
    createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.(line))
    this.#child.stderr.resume()
    // A write to a process that has ended fails; the end is the reason.
    this.#child.stdin.on('error', () => {})
    this.#child.on('close', () => {
      this.#hasEnded = true
      for (const resolve of this.#waiting) resolve(ended)
    })
  }

  /** Those of Java's kafka-clients. */
  static java(tool: Tools['kafka']): ShareConsumers {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    const source = fileURLToPath(new URL('../java/ShareConsumerDriver.java', import.meta.url))
    return new ShareConsumers(tool.executable, [...jvmOptions(tool.classpath), source])
  }

  /** Those of librdkafka. */
  static librdkafka(tool: Tools['python']): ShareConsumers {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    const source = new URL('../clients/python/share_consumers.py', import.meta.url)
    return new ShareConsumers(tool.executable, [fileURLToPath(source)])
  }

  /** Those of franz-go. */
  static franzGo(tool: Tools['go']): ShareConsumers {
    if (tool.missing !== undefined) throw new Error(tool.missing)
    return new ShareConsumers(`${tool.directory}/share-consumers`, [])
  }

  /** Starts a consumer. `configs` are those of Kafka's Java client. */
  start(
    name: string,
    topics: readonly string[],
    configs: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return this.#ask({ do: 'start', name, topics, configs })
  }

  async poll(name: string, timeoutMs = 1000): Promise<readonly AcquiredRecord[]> {
    const { records } = await this.#ask({ do: 'poll', name, timeoutMs })
    return records ?? []
  }

  /**
   * Acknowledges the records of the last poll and commits. Returns the values of those for which
   * the commit failed.
   *
   * @param types by value; default: `accept`
   */
  async acknowledge(
    name: string,
    types: Readonly<Record<string, AcknowledgeType>> = {},
  ): Promise<readonly string[]> {
    const { failed } = await this.#ask({ do: 'acknowledge', name, types })
    return failed ?? []
  }

  /** Accepts the records of the last poll, in implicit mode. */
  commit(name: string): Promise<unknown> {
    return this.#ask({ do: 'commit', name })
  }

  close(name: string): Promise<unknown> {
    return this.#ask({ do: 'close', name })
  }

  /** Ends the process. The consumers in it are not closed. */
  kill(): void {
    this.isKilled = true
    this.#child.kill('SIGKILL')
  }

  async #ask(command: Readonly<Record<string, unknown>>): Promise<Answer> {
    const line = await new Promise<string>((resolve) => {
      if (this.#hasEnded) return resolve(ended)
      this.#waiting.push(resolve)
      this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    })
    const answer = JSON.parse(line) as Answer
    if (answer.error !== undefined) throw new Error(`${JSON.stringify(command)}: ${answer.error}`)
    return answer
  }
}
