/**
 * Returns the candidate that was probably meant: the same name in another case or with other
 * separators (`NUM_PARTITIONS`), or one with at most two characters inserted, deleted or replaced.
 */
export function closestName(name: string, candidates: readonly string[]): string | undefined {
  const plain = plainOf(name)
  let closest: string | undefined
  // In a short name, two different characters make a different word.
  let least = plain.length < 6 ? 2 : 3
  for (const candidate of candidates) {
    const distance = editDistance(plain, plainOf(candidate), least)
    if (distance >= least) continue
    closest = candidate
    least = distance
  }
  return closest
}

function plainOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Returns the Levenshtein distance, or a value of at least `limit` if it is not below `limit`. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[to.length]!
}
