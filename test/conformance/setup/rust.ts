import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

const crate = fileURLToPath(new URL('../clients/rust', import.meta.url))

/** Builds the program of clients/rust into the cache, with the crates pinned in Cargo.lock. */
export async function installRustClient(): Promise<Tools['rust']> {
  const target = `${cacheDir}/rust`
  const inputs = ['Cargo.toml', 'Cargo.lock', 'src/main.rs', 'src/operations.rs']
  try {
    await once(
      'rust',
      inputs.map((path) => `${crate}/${path}`),
      async () => {
        if (!(await isInstalled('cargo'))) throw new Error('there is no cargo')
        await run('cargo', ['build', '--quiet', '--locked', '--target-dir', target], { cwd: crate })
      },
    )
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  return { executable: `${target}/debug/rskafka-driver` }
}
