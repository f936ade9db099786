import { Option } from 'commander'

export interface BootstrapOption {
  readonly bootstrapServer: string
}

/** Returns the option `-b` of kcat and Kafka's tools. */
export function bootstrapOption(): Option {
  return new Option(
    '-b, --bootstrap-server <host:port,...>',
    'one or more brokers of the cluster',
  ).default('127.0.0.1:9092')
}
