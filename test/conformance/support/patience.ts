/** How long a test with other processes may take, in milliseconds: on a machine that others use, many times what it needs. */
export const patienceMs = 300_000

/** How long a test waits for one thing at most: less, so that it can say what it waited for. */
export const waitMs = 120_000

/** The session timeout of group members that heartbeat several times a second: long enough for a process that gets no turn. */
export const sessionTimeoutMs = 30_000
