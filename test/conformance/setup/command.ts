import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder for everything that the client tests install; git ignores it. */
export const cacheDir = fileURLToPath(new URL('../.cache', import.meta.url))

/**
 * Runs a command quietly. An error contains the last lines of its output, which have the reason.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { timeoutMs = 600_000, ...others } = options
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { ...others, timeout: timeoutMs, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout)
        const lastWords = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n')
        reject(new Error(`${command} ${args.join(' ')} failed: ${lastWords || error.message}`))
      },
    )
  })
}

/** Whether a command with this name can be started. */
export async function isInstalled(command: string, versionFlag = '--version'): Promise<boolean> {
  return run(command, [versionFlag]).then(
    () => true,
    () => false,
  )
}

/**
 * Runs an installation once per content of its inputs. A stamp file in the cache contains their
 * hash. It is written only after success.
 */
export async function once(
  name: string,
  inputs: readonly string[],
  install: () => Promise<unknown>,
): Promise<void> {
  const hash = createHash('sha256')
  for (const path of inputs) hash.update(readFileSync(path))
  const digest = hash.digest('hex')
  const stamp = `${cacheDir}/${name}.stamp`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  mkdirSync(cacheDir, { recursive: true })
  await install()
  writeFileSync(stamp, digest)
}
