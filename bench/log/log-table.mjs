/** @import { LogFigure, Samples } from '../types.ts' */
import { median } from '../measure/statistics.mjs'

/**
 * Returns a markdown table with one row per figure: medians with their range, and for every other
 * way the ratio of `odradek` to it, which is the median of the ratios within each round.
 *
 * @param {readonly LogFigure[]} figures
 * @param {Samples} samples
 */
export function logTable(figures, samples) {
  const ways = [
    ...new Set(figures.flatMap(({ contestants }) => contestants.map(({ name }) => name))),
  ]
  const others = ways.filter((name) => name !== 'odradek')
  const header = [
    'figure',
    'unit',
    'goal',
    'odradek',
    ...others.flatMap((name) => [name, `of ${name}`]),
  ]
  const rows = figures.map((figure) => {
    const values = samples.get(figure.title)
    const own = values?.get('odradek')
    const cells = others.flatMap((name) => {
      const other = values?.get(name)
      return [withRange(other, figure), ratio(own, other)]
    })
    return [figure.title, figure.unit, figure.goal ?? '', withRange(own, figure), ...cells]
  })
  return [header, header.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

/**
 * @param {readonly (number | undefined)[] | undefined} values
 * @param {LogFigure} figure
 */
function withRange(values, { decimals = 2 }) {
  const measured = (values ?? []).flatMap((value) =>
    value === undefined || Number.isNaN(value) ? [] : [value],
  )
  if (measured.length === 0) return ''
  const [middle, low, high] = [median(measured), Math.min(...measured), Math.max(...measured)]
  if (measured.length === 1) return middle.toFixed(decimals)
  return `${middle.toFixed(decimals)} (${low.toFixed(decimals)}–${high.toFixed(decimals)})`
}

/**
 * @param {readonly (number | undefined)[] | undefined} own
 * @param {readonly (number | undefined)[] | undefined} others
 */
function ratio(own, others) {
  if (own === undefined || others === undefined) return ''
  const ratios = own.flatMap((value, round) => {
    const other = others[round]
    const quotient = (value ?? Number.NaN) / (other ?? Number.NaN)
    return Number.isFinite(quotient) ? [quotient] : []
  })
  return ratios.length === 0 ? '' : `${median(ratios).toFixed(2)} ×`
}
