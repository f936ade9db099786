/** @import { Figure, Samples, Scenario } from '../types.ts' */
import { median } from './statistics.mjs'

/**
 * A markdown table: one row per figure, medians with their range, and how Odradek compares with each peer.
 *
 * @param {readonly Scenario[]} scenarios
 * @param {readonly string[]} brokers
 * @param {Samples} samples
 */
export function resultsTable(scenarios, brokers, samples) {
  const peers = brokers.includes('odradek') ? brokers.filter((name) => name !== 'odradek') : []
  const header = ['figure', 'unit', 'goal', ...brokers, ...peers.map((peer) => `of ${peer}`)]
  const rows = scenarios.flatMap((scenario) =>
    scenario.figures.flatMap((figure) => {
      const values = samples.get(`${scenario.name}/${figure.name}`)
      if (values === undefined) return []
      const goal = figure.goal === undefined ? '' : number(figure.goal, figure)
      const cells = brokers.map((broker) => withRange(values.get(broker), figure))
      const ratios = peers.map((peer) => ratio(values.get('odradek'), values.get(peer)))
      return [[figure.title, figure.unit, goal, ...cells, ...ratios]]
    }),
  )
  return [header, header.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

/**
 * @param {readonly number[] | undefined} values
 * @param {Figure} figure
 */
function withRange(values, figure) {
  if (values === undefined || values.length === 0) return ''
  const middle = number(median(values), figure)
  if (values.length === 1) return middle
  return `${middle} (${number(Math.min(...values), figure)}–${number(Math.max(...values), figure)})`
}

/**
 * @param {readonly number[] | undefined} ours
 * @param {readonly number[] | undefined} theirs
 */
function ratio(ours, theirs) {
  if (!ours?.length || !theirs?.length) return ''
  const divisor = median(theirs)
  return divisor === 0 ? '' : `${(median(ours) / divisor).toFixed(2)} ×`
}

/**
 * @param {number} value
 * @param {Figure} figure
 */
function number(value, figure) {
  return value.toFixed(figure.decimals ?? 2)
}
