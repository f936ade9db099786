import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

const requirements = fileURLToPath(new URL('../clients/python/requirements.txt', import.meta.url))

/** Creates a virtual environment in the cache with the pinned Python clients. */
export async function installPythonClients(): Promise<Tools['python']> {
  if (!(await isInstalled('python3'))) return { missing: 'there is no python3' }
  const venv = `${cacheDir}/venv`
  const executable = `${venv}/bin/python`
  try {
    await once('venv', [requirements], async () => {
      await rm(venv, { recursive: true, force: true })
      await run('python3', ['-m', 'venv', venv])
      await run(executable, ['-m', 'pip', 'install', '-q', '--no-deps', '-r', requirements])
    })
  } catch (error) {
    return { missing: String(error) }
  }
  return { executable }
}
