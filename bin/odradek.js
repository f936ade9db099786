#!/usr/bin/env node
// CommonJS starts faster than an ES module. It can also enable Node's compile cache (from Node 22.1
// on) before anything else is loaded.
const { existsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

enableCompileCache?.()
// The number of threads that sync files; Node's default is 4. A journaling file system commits the
// syncs of several threads together, so a broker with many partitions stops sooner. It must be set
// before anything uses the thread pool.
process.env.UV_THREADPOOL_SIZE ??= '16'

// Used if the process exits before `run` has completed.
process.exitCode = 1
if (existsSync(join(__dirname, '../dist/cjs/cli.js'))) void main()
else process.stderr.write('odradek is not built in this checkout. Run: npm ci && npm run build\n')

async function main() {
  const { run } = require('../dist/cjs/cli.js')
  const packageFile = pathToFileURL(require.resolve('../package.json'))
  process.exitCode = await run(process.argv.slice(2), packageFile)
}
