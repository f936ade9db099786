/**
 * `test`: topics are usable when they are created, members leave soon after their connections, nothing waits without need.
 * `faithful`: Kafka's delays and lags.
 */
export type Profile = 'test' | 'faithful'
