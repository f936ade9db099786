import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const open = new Set<string>()

/**
 * Makes a directory for temporary files. Returns its path and how to remove it with all that is in it; what is still
 * there when the process exits is removed then.
 */
export function makeTemporaryDirectory(prefix: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), prefix))
  if (open.size === 0) process.on('exit', removeAll)
  open.add(path)
  const remove = (): void => {
    open.delete(path)
    if (open.size === 0) process.off('exit', removeAll)
    rmSync(path, { recursive: true, force: true })
  }
  return { path, remove }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true })
}
