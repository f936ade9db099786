/**
 * `test`: topics are usable when they are created, members go with their connections, nothing waits without need.
 * `faithful`: Kafka's delays and lags.
 */
export type Profile = 'test' | 'faithful'
