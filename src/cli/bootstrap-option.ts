import { Option } from 'commander'

export interface BootstrapOption {
  readonly bootstrapServer: string
}

/** `-b`, as kcat and Kafka's tools have it. */
export function bootstrapOption(): Option {
  return new Option(
    '-b, --bootstrap-server <host:port,...>',
    'brokers to connect to first',
  ).default('127.0.0.1:9092')
}
