#!/usr/bin/env node
// CommonJS, which starts sooner than an ES module, and can first turn on the cache that keeps compiled code from one run
// to the next, where Node has it (22.1 on).
const { enableCompileCache } = require('node:module')
const { pathToFileURL } = require('node:url')

enableCompileCache?.()
void main()

async function main() {
  const { run } = require('../dist/cjs/cli.js')
  const packageFile = pathToFileURL(require.resolve('../package.json'))
  // Should everything stop before `run` has come to its end.
  process.exitCode = 1
  process.exitCode = await run(process.argv.slice(2), packageFile)
}
