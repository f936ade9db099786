/** @import { BrokerKind, Figure, Samples, Scenario } from '../types.ts' */
import { pairedRatio } from './paired-ratio.mjs'
import { median } from './statistics.mjs'

/** Four rounds give 87 %, five 93 %. An interval with less confidence is not printed. */
const leastConfidence = 0.85

/**
 * Returns a markdown table and an explanation of its ratios. There is a row per figure: the medians
 * with their range, and the ratios with their confidence intervals. The ratios are of later builds
 * to the first one, and of the last build to each peer.
 *
 * @param {readonly Scenario[]} scenarios
 * @param {readonly BrokerKind[]} brokers
 * @param {Samples} samples
 */
export function resultsTable(scenarios, brokers, samples) {
  const pairs = comparisons(brokers)
  const titles = pairs.map(({ of, to }) =>
    to.packageDir ? `${of.name} of ${to.name}` : `of ${to.name}`,
  )
  const header = ['figure', 'unit', 'goal', ...brokers.map(({ name }) => name), ...titles]
  /** @type {number[]} */
  const confidences = []
  const rows = scenarios.flatMap((scenario) =>
    scenario.figures.flatMap((figure) => {
      const values = samples.get(`${scenario.name}/${figure.name}`)
      if (values === undefined) return []
      const goal = figure.goal === undefined ? '' : number(figure.goal, figure)
      const cells = brokers.map(({ name }) => withRange(values.get(name), figure))
      const ratios = pairs.map(({ of, to }) => {
        const ratio = pairedRatio(values.get(of.name) ?? [], values.get(to.name) ?? [])
        if (ratio !== undefined) confidences.push(ratio.confidence)
        return withInterval(ratio)
      })
      return [[figure.title, figure.unit, goal, ...cells, ...ratios]]
    }),
  )
  const table = [header, header.map(() => '---'), ...rows]
  const lines = table.map((row) => `| ${row.join(' | ')} |`)
  return [...lines, ...explanation(confidences)].join('\n')
}

/** @param {readonly BrokerKind[]} brokers */
function comparisons(brokers) {
  const builds = brokers.filter(({ packageDir }) => packageDir !== undefined)
  const [first, last] = [builds[0], builds.at(-1)]
  if (first === undefined || last === undefined) return []
  const peers = brokers.filter(({ packageDir }) => packageDir === undefined)
  return [
    ...builds.slice(1).map((build) => ({ of: build, to: first })),
    ...peers.map((peer) => ({ of: last, to: peer })),
  ]
}

/** @param {readonly number[]} confidences */
function explanation(confidences) {
  if (confidences.length === 0) return []
  const confidence = Math.min(...confidences)
  if (confidence < leastConfidence)
    return [
      '',
      'Ratios are paired within each round. There are too few rounds for their confidence.',
    ]
  const percent = Math.floor(confidence * 100)
  return [
    '',
    `Ratios are paired within each round. In parentheses: the interval that covers the true ratio with ${percent} % confidence`,
    '(Wilcoxon signed-rank). Bold: it does not include 1, so there is a difference.',
  ]
}

/** @param {ReturnType<typeof pairedRatio>} measured */
function withInterval(measured) {
  if (measured === undefined) return ''
  const { ratio, low, high, confidence } = measured
  if (confidence < leastConfidence) return `${ratio.toFixed(2)} ×`
  const text = `${ratio.toFixed(2)} × (${low.toFixed(2)}–${high.toFixed(2)})`
  return low > 1 || high < 1 ? `**${text}**` : text
}

/**
 * @param {readonly (number | undefined)[] | undefined} values
 * @param {Figure} figure
 */
function withRange(values, figure) {
  const measured = (values ?? []).flatMap((value) => (value === undefined ? [] : [value]))
  if (measured.length === 0) return ''
  const middle = number(median(measured), figure)
  if (measured.length === 1) return middle
  return `${middle} (${number(Math.min(...measured), figure)}–${number(Math.max(...measured), figure)})`
}

/**
 * @param {number} value
 * @param {Figure} figure
 */
function number(value, figure) {
  return value.toFixed(figure.decimals ?? 2)
}
