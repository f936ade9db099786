import { isInstalled, run } from './command.ts'
import type { Tools } from './tools.ts'

/** Finds kcat from the Debian package. Root installs it if it is missing. */
export async function installKcat(): Promise<Tools['kcat']> {
  if (await isInstalled('kcat', '-V')) return { executable: 'kcat' }
  if (process.getuid?.() !== 0) return { missing: 'kcat is not installed, and only root may do so' }
  if (!(await isInstalled('apt-get'))) return { missing: 'kcat is not installed, nor is apt-get' }
  const retries = ['-o', 'Acquire::Retries=5']
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...retries, 'kcat=1.7.1*']
  try {
    await run('apt-get', install).catch(async () => {
      await run('apt-get', ['update', '-qq', ...retries])
      await run('apt-get', install)
    })
  } catch (error) {
    return { missing: String(error) }
  }
  return { executable: 'kcat' }
}
