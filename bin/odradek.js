#!/usr/bin/env node
// CommonJS starts sooner than an ES module. It can also turn on Node's cache of compiled code (from Node 22.1 on) before
// anything else is loaded.
const { existsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

enableCompileCache?.()
// The threads that force files to the disk; Node's default is 4. A file system with a journal commits what several threads
// wait for at once, so a broker with many partitions stops sooner. Must be set before anything uses the thread pool.
process.env.UV_THREADPOOL_SIZE ??= '16'

// Stays if the process ends before `run` has.
process.exitCode = 1
if (existsSync(join(__dirname, '../dist/cjs/cli.js'))) void main()
else process.stderr.write('odradek is not built in this checkout. Run: npm ci && npm run build\n')

async function main() {
  const { run } = require('../dist/cjs/cli.js')
  const packageFile = pathToFileURL(require.resolve('../package.json'))
  process.exitCode = await run(process.argv.slice(2), packageFile)
}
