// `node --import <this file> program.ts` runs TypeScript on every supported version of Node.
// Versions before 22.18 cannot run it themselves, so the compiler of the test runner does.
import { readFileSync } from 'node:fs'
import { createRequire, register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

if (isMainThread && !process.features.typescript) register(import.meta.url)

let transform

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  transform ??= await compiler()
  const { code } = transform(url, readFileSync(fileURLToPath(url), 'utf8'))
  return { format: 'module', source: code, shortCircuit: true }
}

async function compiler() {
  const fromHere = createRequire(import.meta.url)
  const fromVitest = createRequire(fromHere.resolve('vitest/package.json'))
  const fromVite = createRequire(fromVitest.resolve('vite/package.json'))
  return (await import(fromVite.resolve('rolldown/utils'))).transformSync
}
