/**
 * The members of a list that were asked for by name, in the list's order; all when nothing was asked for.
 *
 * @template {{ name: string }} Named
 * @param {string} what
 * @param {readonly Named[]} all
 * @param {string | undefined} names separated by commas
 * @returns {Named[]}
 */
export function choose(what, all, names) {
  if (names === undefined) return [...all]
  const wanted = new Set(names.split(','))
  const known = all.map(({ name }) => name)
  for (const name of wanted) {
    if (!known.includes(name)) throw new Error(`no ${what} ${name}; there are ${known.join(', ')}`)
  }
  return all.filter(({ name }) => wanted.has(name))
}
