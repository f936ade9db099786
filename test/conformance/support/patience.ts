/** How long a test with Java processes may take, in milliseconds: on a machine that others use, many times what it needs. */
export const patienceMs = 300_000
