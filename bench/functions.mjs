/**
 * Measures functions of the built package with `benchmark`. See README.md, or `--help`.
 *
 * @import { FunctionSuite, MeasuredFunction } from './types.ts'
 */
import { parseArgs } from 'node:util'
import Benchmark from 'benchmark'
import { choose } from './choose.mjs'
import { functionSuites } from './functions/index.mjs'

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (options.help) console.log(help())
else measureAll()

function measureAll() {
  console.log(
    `Node ${process.version}\n\n| function | µs per call | ± | MB/s |\n| --- | --- | --- | --- |`,
  )
  for (const suite of choose('suite', functionSuites, options.suite)) measure(suite)
}

/** @param {FunctionSuite} suite */
function measure(suite) {
  const { functions, close } = suite.open()
  try {
    for (const tested of functions) console.log(`| ${suite.name}: ${row(tested)} |`)
  } finally {
    close?.()
  }
}

/** @param {MeasuredFunction} tested */
function row({ name, call, bytesPerCall }) {
  const benchmark = new Benchmark(name, call).run()
  if (benchmark.error !== undefined) throw benchmark.error
  const { mean, rme } = benchmark.stats
  const rate = bytesPerCall === undefined ? '' : (bytesPerCall / mean / 1e6).toFixed(0)
  return [name, Number((mean * 1e6).toPrecision(3)), `${rme.toFixed(1)} %`, rate].join(' | ')
}

function help() {
  const names = functionSuites.map(({ name }) => name).join(',')
  return `Measures single functions of the built package.

  node bench/functions.mjs [--suite ${names}]`
}
