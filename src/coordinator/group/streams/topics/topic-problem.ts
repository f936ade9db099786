/** Conditions of the topics that a heartbeat reports to the client, with Kafka's codes. */
export const TopicStatus = {
  MissingSourceTopics: 1,
  IncorrectlyPartitionedTopics: 2,
  MissingInternalTopics: 3,
} as const
export type TopicStatus = (typeof TopicStatus)[keyof typeof TopicStatus]

/**
 * The reason why a topology is not ready: its topics are missing or have the wrong partition counts
 * (Kafka's `TopicConfigurationException`). The members get no tasks until it is solved.
 */
export class TopicProblem {
  readonly status: TopicStatus
  readonly message: string

  constructor(status: TopicStatus, message: string) {
    this.status = status
    this.message = message
  }
}

/** Returns the first three names, and how many more there are. */
export function summaryOf(topics: readonly string[]): string {
  const shown = topics.slice(0, 3).join(', ')
  return topics.length > 3 ? `${shown} and ${topics.length - 3} additional topics` : shown
}
