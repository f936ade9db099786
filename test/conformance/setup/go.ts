import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

const module = fileURLToPath(new URL('../clients/go', import.meta.url))

/** Builds the programs of clients/go into the cache, with the modules pinned in go.sum. */
export async function installGoClients(): Promise<Tools['go']> {
  const directory = `${cacheDir}/go`
  const inputs = readdirSync(module, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(go|mod|sum)$/.test(path))
    .toSorted()
    .map((path) => `${module}/${path}`)
  try {
    await once('go', inputs, async () => {
      if (!(await isInstalled('go', 'version'))) throw new Error('there is no go')
      const build = ['build', '-mod=readonly', '-o']
      await run('go', [...build, `${directory}/`, './...'], { cwd: module })
      // Up to this version, a member that leaves closes the connection of its heartbeat in flight.
      const older = ['-modfile=older-franz-go.mod', './franz-go']
      await run('go', [...build, `${directory}/franz-go-1.22.1`, ...older], { cwd: module })
    })
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  return { directory }
}
