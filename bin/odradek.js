#!/usr/bin/env node
// CommonJS, which starts sooner than an ES module, and can first turn on the cache that keeps compiled code from one run
// to the next, where Node has it (22.1 on).
const { enableCompileCache } = require('node:module')
const { pathToFileURL } = require('node:url')

enableCompileCache?.()
// Threads that force files to the disk; Node's default is 4. A file system with a journal commits at once what several threads
// wait for, so a broker with many partitions stops sooner. Must be set before anything uses the thread pool.
process.env.UV_THREADPOOL_SIZE ??= '16'
void main()

async function main() {
  const { run } = require('../dist/cjs/cli.js')
  const packageFile = pathToFileURL(require.resolve('../package.json'))
  // Should everything stop before `run` has come to its end.
  process.exitCode = 1
  process.exitCode = await run(process.argv.slice(2), packageFile)
}
