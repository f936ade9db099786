/**
 * A fifth by default, so that `npm test` is quick. `npm run ci` sets 1; a larger number runs more
 * than CI does.
 */
const { ODRADEK_TEST_SCALE = '0.2' } = process.env
const scale = Number(ODRADEK_TEST_SCALE)
if (!(scale > 0))
  throw new Error(`ODRADEK_TEST_SCALE is ${ODRADEK_TEST_SCALE}; set a number above 0`)

/**
 * Returns how many runs a random test does: `full` in `npm run ci`, a fifth of it in `npm test`, at
 * least one.
 *
 * @param full histories, seeds, or fast-check's `numRuns`
 */
export function scaled(full: number): number {
  return Math.ceil(full * scale)
}
