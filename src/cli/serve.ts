import { addressText } from '../cluster/address-text.ts'
import type { BrokerInfo } from '../cluster/broker-info.ts'
import type { OpenProblem } from '../cluster/open-problem.ts'
import type { BrokerFailure } from '../cluster/options.ts'
import { DiskFileSystem } from '../platform/disk-file-system.ts'
import { CliError } from './cli-error.ts'
import { onTermination } from './terminal.ts'

/** A cluster that is served until a signal ends it. */
export interface Served {
  readonly bootstrapServers: string
  bootstrapServersOf(listener: string): string
  readonly brokers: readonly BrokerInfo[]
  /** The address of the control API. */
  readonly control?: string
  /** The parts of opened directories that are not served. */
  readonly problems?: readonly OpenProblem[]
  close(): Promise<void>
}

/**
 * Starts a cluster, prints when it is ready, and closes it on SIGINT or SIGTERM.
 *
 * @throws CliError when all brokers have failed
 */
export async function serve(
  readyPath: string | undefined,
  start: (onBrokerFailure: (failure: BrokerFailure) => void) => Promise<Served>,
): Promise<void> {
  const readyFile = new ReadyFile(readyPath)
  readyFile.remove()
  const terminated = new Promise<void>((resolve) => onTermination(resolve))
  const failures = new BrokerFailures()
  const cluster = await start((failure) => failures.add(failure))
  try {
    const line = `${JSON.stringify(readyLine(cluster))}\n`
    readyFile.write(line)
    process.stdout.write(line)
    const last = await Promise.race([terminated, failures.ofAll(cluster.brokers.length)])
    if (last !== undefined)
      throw new CliError(
        `all brokers have closed, because ${last.reason}; repair the disk before you start again`,
      )
  } finally {
    readyFile.remove()
    await cluster.close()
  }
}

/**
 * Returns what a script needs to know: the advertised addresses, the bound addresses if they
 * differ, those of each listener, and the parts of opened directories that are not served.
 */
function readyLine(cluster: Served) {
  const { bootstrapServers, brokers, control, problems } = cluster
  const listeners = brokers.map(({ listener }) => addressText(listener)).join(',')
  const differing = listeners === bootstrapServers ? {} : { listeners }
  return {
    ready: true,
    bootstrapServers,
    ...differing,
    ...eachListener(cluster),
    control,
    problems,
  }
}

/** Returns the bootstrap servers by listener, if there are several. */
function eachListener({ brokers, bootstrapServersOf }: Served) {
  const names = new Set(brokers.flatMap(({ listeners }) => listeners.map(({ name }) => name)))
  if (names.size === 1) return {}
  return {
    bootstrapServersOf: Object.fromEntries(
      Array.from(names, (name) => [name, bootstrapServersOf(name)]),
    ),
  }
}

/** Counts the brokers that have closed because of a failure. */
class BrokerFailures {
  #count = 0
  #last: BrokerFailure | undefined
  #onAdded = (): void => {}

  add(failure: BrokerFailure): void {
    this.#count++
    this.#last = failure
    this.#onAdded()
  }

  /** Resolves with the last failure when `count` brokers have failed. */
  ofAll(count: number): Promise<BrokerFailure> {
    return new Promise((resolve) => {
      this.#onAdded = () => {
        if (this.#count === count) resolve(this.#last!)
      }
      this.#onAdded()
    })
  }
}

/** A file that exists while the broker is ready, for scripts. */
class ReadyFile {
  readonly #path: string | undefined
  readonly #files = new DiskFileSystem()

  constructor(path: string | undefined) {
    this.#path = path
  }

  write(content: string): void {
    this.#attempt((path) => this.#files.writeFile(path, content))
  }

  remove(): void {
    this.#attempt((path) => this.#files.remove(path))
  }

  #attempt(action: (path: string) => void): void {
    if (this.#path === undefined) return
    try {
      action(this.#path)
    } catch (error) {
      throw new CliError(`cannot write the ready file ${this.#path}: ${(error as Error).message}`)
    }
  }
}
