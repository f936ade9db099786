#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installNodePackages, nodeExecutable, nodeVersions } from './setup/node-packages.mjs'

// node test/conformance/run.mjs [--node 22|24|26] [vitest arguments]: runs the client tests on
// another Node.

const args = process.argv.slice(2)
const at = args.indexOf('--node')
const version = at === -1 ? undefined : args.splice(at, 2)[1]
if (at !== -1 && !nodeVersions.includes(version ?? '')) {
  console.error(`--node takes one of ${nodeVersions.join(', ')}, not ${version}`)
  process.exit(1)
}
if (version !== undefined) installNodePackages()
// Run only once: the result with a real broker is the same on every Node, and so are these clients,
// which are not Node programs. They run on any Node if they are named.
const isAll = args.every((argument) => argument.startsWith('-'))
const foreign = [
  'sarama*',
  'kafka-go*',
  'go-groups*',
  'rskafka*',
  'kafka-clients*',
  'java.test*',
  'streams-application*',
  'share-consumers*',
  'group-features*',
  'rolling-upgrade*',
]
const withRealKafka = [
  'storage/**',
  'compaction*',
  'batch-grid*',
  'transaction-grid*',
  'group-grid*',
  'transactional-offsets*',
  'assignors*',
  'topologies*',
  'recorded-groups*',
  'share-partition*',
  'kafka-integration*',
]
// Their clients are foreign too, or they take long.
const onlyOnce = [...withRealKafka, ...foreign, 'exactly-once*', 'share-crashes*']
const omitted = onlyOnce.flatMap((pattern) => ['--exclude', pattern])
const root = fileURLToPath(new URL('../..', import.meta.url))
const { status } = spawnSync(
  version === undefined ? process.execPath : nodeExecutable(version),
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/conformance/vitest.config.ts',
    ...(version !== undefined && isAll ? omitted : []),
    ...args,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exit(status ?? 1)
