import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const METADATA = 'partition.metadata'
const brokersOwn: ReadonlySet<string> = new Set([METADATA, 'leader-epoch-checkpoint'])
const LOG_START_OFFSETS = 'log-start-offset-checkpoint'

/** Replaces the files of a partition by those of another one, while its broker is stopped. */
export function replacePartition(
  dataDir: string,
  partition: { topic: string; partition: number; topicId: string },
  files: { directory: string; logStartOffset?: number | undefined },
): void {
  const directory = join(dataDir, `${partition.topic}-${partition.partition}`)
  rmSync(directory, { recursive: true, force: true })
  cpSync(files.directory, directory, { recursive: true })
  writeFileSync(join(directory, METADATA), `version: 0\ntopic_id: ${partition.topicId}`)
  if (files.logStartOffset === undefined) return
  const path = join(dataDir, LOG_START_OFFSETS)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(2) : []
  lines.push(`${partition.topic} ${partition.partition} ${files.logStartOffset}`)
  writeFileSync(path, `0\n${lines.length}\n${lines.join('\n')}\n`)
}

/**
 * Returns digests of the files of a partition by name, except for those about identity and
 * leadership, deleted ones, and empty transaction indexes.
 */
export function fileDigests(
  directory: string,
  isWanted: (name: string) => boolean = () => true,
): Record<string, string> {
  const names = readdirSync(directory)
    .filter((name) => !brokersOwn.has(name) && !name.endsWith('.deleted') && isWanted(name))
    .filter((name) => !name.endsWith('.txnindex') || statSync(join(directory, name)).size > 0)
  return Object.fromEntries(
    names.sort().map((name) => {
      const bytes = readFileSync(join(directory, name))
      const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
      return [name, bytes.length <= 400 ? bytes.toString('hex') : `${bytes.length} ${digest}`]
    }),
  )
}
