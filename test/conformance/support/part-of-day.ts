const MS_PER_DAY = 86_400_000
const today = process.env['CLIENT_TESTS_DAY'] ?? String(Math.floor(Date.now() / MS_PER_DAY))

/** The reason for which a test of another day does not run. */
export const ofAnotherDay = 'part of another day: CLIENT_TESTS_DAY=all'

/**
 * Whether a run takes the test with this index in a list that takes too long for one run. Each day
 * takes another of the parts. `CLIENT_TESTS_DAY` is another day, as a number; `all` is all parts.
 */
export function isPartOfDay(index: number, parts: number): boolean {
  return today === 'all' || index % parts === Number(today) % parts
}
