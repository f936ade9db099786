/**
 * `test`: topics are usable as soon as they are created, members leave soon after their connections
 * close, and there are no avoidable delays. `faithful`: Kafka's delays.
 */
export type Profile = 'test' | 'faithful'
