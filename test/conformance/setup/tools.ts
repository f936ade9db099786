/** A tool that runs clients, or the reason why it is missing. */
export type Found<T> = ({ readonly missing?: never } & T) | { readonly missing: string }

export interface Tools {
  readonly node24: Found<{ executable: string }>
  readonly python: Found<{ executable: string }>
  readonly kcat: Found<{ executable: string }>
  /** Kafka's command line tools. */
  readonly java: Found<{ executable: string; classpath: string }>
  /** A real broker. */
  readonly kafka: Found<{ executable: string; classpath: string }>
  /** Kafka Streams. */
  readonly kafkaStreams: Found<{ executable: string; classpath: string }>
  /** The driver of kafka-clients, by version of kafka-clients. */
  readonly kafkaClients: Readonly<Record<string, Found<{ executable: string; classpath: string }>>>
  /** The directory with the programs of clients/go. */
  readonly go: Found<{ directory: string }>
  readonly rust: Found<{ executable: string }>
}

declare module 'vitest' {
  interface ProvidedContext {
    tools: Tools
  }
}
