import { DiskFileSystem } from '../platform/disk-file-system.ts'
import { CliError } from './cli-error.ts'
import { onTermination } from './terminal.ts'

interface Served {
  readonly bootstrapServers: string
  close(): Promise<void>
}

/** Starts a cluster, says when it is ready, and closes it at SIGINT or SIGTERM. */
export async function serve(
  readyPath: string | undefined,
  start: () => Promise<Served>,
): Promise<void> {
  const readyFile = new ReadyFile(readyPath)
  readyFile.remove()
  const terminated = new Promise<void>((resolve) => onTermination(resolve))
  const cluster = await start()
  try {
    const line = `${JSON.stringify({ ready: true, bootstrapServers: cluster.bootstrapServers })}\n`
    readyFile.write(line)
    process.stdout.write(line)
    await terminated
  } finally {
    readyFile.remove()
    await cluster.close()
  }
}

/** Tells scripts that the broker is ready; it is there only while that is so. */
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
      throw new CliError(`can't write the ready file ${this.#path}: ${(error as Error).message}`)
    }
  }
}
