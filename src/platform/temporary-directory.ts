import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const open = new Set<string>()

/**
 * Creates a directory for temporary files. Returns its path and a function that removes it with its
 * content. It is also removed when the process exits.
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
