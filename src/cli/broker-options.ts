import { Option } from 'commander'
import type { Command } from 'commander'
import type { ClusterOptions, LogLevel } from '../cluster/options.ts'
import { keyValue, repeatable, toConfigs, wholeNumber } from './arguments.ts'
import type { KeyValue } from './arguments.ts'

/** What can be said of every broker that a command serves, besides what it serves. */
export interface BrokerOptions {
  readonly port: number
  readonly host: string
  readonly advertisedHost?: string
  readonly advertisedPort?: number
  readonly config?: KeyValue[]
  readonly profile: 'test' | 'faithful'
  readonly logLevel: LogLevel
  readonly readyFile?: string
}

/** The options but for the port, whose meaning differs. */
export function addBrokerOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to bind', '127.0.0.1')
    .option(
      '--advertised-host <name>',
      'host that clients are told (default: the one that is bound)',
    )
    .option(
      '--advertised-port <number>',
      'port that clients are told (default: the one that is bound)',
      wholeNumber(1, 65535),
    )
    .option(
      '--config <key=value>',
      'broker config by its Kafka name; repeatable',
      repeatable(keyValue),
    )
    .addOption(
      new Option('--profile <name>', 'test: no delays; faithful: those of Kafka')
        .choices(['test', 'faithful'])
        .default('test'),
    )
    .addOption(
      new Option('--log-level <level>', 'what is logged')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .option('--ready-file <path>', 'file to write the line of JSON to as well; removed in the end')
}

/** What a cluster is started with; the ready file is the command's own. */
export function clusterOptionsOf(options: BrokerOptions) {
  const { port, host, advertisedHost, advertisedPort, config, profile, logLevel } = options
  return {
    port,
    host,
    ...(advertisedHost !== undefined && { advertisedHost }),
    ...(advertisedPort !== undefined && { advertisedPort }),
    config: toConfigs(config),
    profile,
    logLevel,
    keepAlive: true,
  } satisfies ClusterOptions
}
