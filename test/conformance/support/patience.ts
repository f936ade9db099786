/**
 * The timeout of a test with other processes, in milliseconds. The longest take two and a half
 * minutes on two cores that other tests share, and a slow machine takes several times as long.
 */
export const patienceMs = 1_200_000

/** The timeout of a single wait: shorter, so that the error says what the test waited for. */
export const waitMs = 120_000

/**
 * The session timeout of members that send several heartbeats per second: long enough for a process
 * that is not scheduled.
 */
export const sessionTimeoutMs = 30_000
