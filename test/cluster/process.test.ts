import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { Program } from './support/program.ts'
import { temporaryRoot } from './support/temporary-root.ts'

test('a process exits by itself when its cluster is closed, although consumers were connected', async () => {
  const program = new Program('closes-with-clients')
  expect(await program.next()).toBe('closed')
  expect(await program.exitCode()).toBe(0)
})

test('a cluster that is never closed does not keep its process alive, and its files are deleted on exit', async () => {
  const directory = temporaryRoot()
  const program = new Program('never-closes', directory)
  expect(await program.next()).toEqual([expect.stringMatching(/^odradek-/)])
  expect(await program.exitCode()).toBe(0)
  expect(readdirSync(directory)).toEqual([])
})

test('a data directory is used by one process at a time, and released when that is killed', async () => {
  const dataDir = temporaryRoot()
  const program = new Program('holds-directory', dataDir)
  await program.next()
  await expect(startCluster({ dataDir })).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_LOCKED',
    message: expect.stringContaining(`is in use by process ${program.pid}`) as string,
  })
  await program.kill()
  const cluster = await startCluster({ dataDir })
  await cluster.close()
})
