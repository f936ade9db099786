/**
 * The seed of all random tests: the same one in each run, so that a run fails because of a change,
 * and not by chance. `ODRADEK_TEST_SEED=7` takes another one, `ODRADEK_TEST_SEED=random` a new one.
 */
const { ODRADEK_TEST_SEED = '1' } = process.env

export const testSeed =
  ODRADEK_TEST_SEED === 'random' ? Date.now() % 2 ** 31 : Number(ODRADEK_TEST_SEED)

if (!Number.isInteger(testSeed))
  throw new Error(`ODRADEK_TEST_SEED is ${ODRADEK_TEST_SEED}; set an integer or 'random'`)
