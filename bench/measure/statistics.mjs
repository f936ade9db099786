/**
 * @param {readonly number[]} values at least one
 * @param {number} fraction 0.5 for the median
 */
export function quantile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5)
}
