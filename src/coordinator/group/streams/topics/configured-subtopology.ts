/** An internal topic with its decided partition count. */
export interface ConfiguredInternalTopic {
  readonly name: string
  readonly numPartitions: number
  /** Undefined for the default of the brokers. */
  readonly replicationFactor: number | undefined
  readonly configs: ReadonlyMap<string, string>
}

/** A subtopology with its number of tasks. Internal topics are by name. */
export interface ConfiguredSubtopology {
  readonly numberOfTasks: number
  readonly sourceTopics: ReadonlySet<string>
  readonly repartitionSourceTopics: ReadonlyMap<string, ConfiguredInternalTopic>
  readonly repartitionSinkTopics: ReadonlySet<string>
  readonly stateChangelogTopics: ReadonlyMap<string, ConfiguredInternalTopic>
}
