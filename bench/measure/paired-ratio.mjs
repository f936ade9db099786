import { median } from './statistics.mjs'

/** The minimum confidence of an interval, if there are enough rounds. */
const wantedConfidence = 0.95

/**
 * @typedef {object} PairedRatio
 * @property {number} ratio
 * @property {number} low
 * @property {number} high
 * @property {number} confidence the probability that the interval from `low` to `high` covers the
 * true ratio
 */

/**
 * Returns the ratio of two values that were measured in the same rounds, with a confidence
 * interval. Undefined if no round has both.
 *
 * Within a round, the load of the machine is about the same for both, so only ratios within a round
 * are used. The ratio is the Hodges-Lehmann estimate of their logarithms. The interval is that of
 * the Wilcoxon signed-rank test: it assumes no distribution, and one disturbed round changes it
 * little. It takes 6 rounds for 95 %.
 *
 * @param {readonly (number | undefined)[]} values by round
 * @param {readonly (number | undefined)[]} baseline by round
 * @returns {PairedRatio | undefined}
 */
export function pairedRatio(values, baseline) {
  const logs = []
  for (const [round, value] of values.entries()) {
    const log = Math.log((value ?? Number.NaN) / (baseline[round] ?? Number.NaN))
    if (Number.isFinite(log)) logs.push(log)
  }
  if (logs.length === 0) return undefined
  const averages = walshAverages(logs)
  const { skipped, confidence } = signedRankInterval(logs.length)
  return {
    ratio: Math.exp(median(averages)),
    low: Math.exp(averages[skipped] ?? Number.NaN),
    high: Math.exp(averages.at(-1 - skipped) ?? Number.NaN),
    confidence,
  }
}

/**
 * Returns the averages of all pairs, each value with itself included, in ascending order.
 *
 * @param {readonly number[]} values
 */
function walshAverages(values) {
  const averages = values.flatMap((value, index) =>
    values.slice(index).map((other) => (value + other) / 2),
  )
  return averages.toSorted((a, b) => a - b)
}

/**
 * Returns how many of the ascending Walsh averages are outside of the interval at each end, and the
 * interval's confidence.
 *
 * @param {number} count the number of values
 */
function signedRankInterval(count) {
  const subsets = subsetsByRankSum(count)
  const total = 2 ** count
  let below = subsets[0] ?? 0
  let skipped = 0
  for (;;) {
    const next = below + (subsets[skipped + 1] ?? 0)
    if (1 - (2 * next) / total < wantedConfidence) break
    below = next
    skipped++
  }
  return { skipped, confidence: 1 - (2 * below) / total }
}

/**
 * Returns how many subsets of the ranks 1 to `count` have each sum.
 *
 * @param {number} count
 */
function subsetsByRankSum(count) {
  let subsets = [1]
  for (let rank = 1; rank <= count; rank++) {
    const length = subsets.length + rank
    subsets = Array.from({ length }, (_, sum) => (subsets[sum] ?? 0) + (subsets[sum - rank] ?? 0))
  }
  return subsets
}
