#!/usr/bin/env node
import { run } from '../dist/cjs/cli.js'
process.exitCode = await run(process.argv.slice(2), new URL('../package.json', import.meta.url))
