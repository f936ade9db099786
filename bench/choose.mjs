/**
 * Returns the named members of a list, in the order of the list; all if no names are given.
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
