import { Option } from 'commander'
import type { Command } from 'commander'
import type { ListenerOptions } from '../cluster/listener-options.ts'
import type { ClusterOptions, LogLevel } from '../cluster/options.ts'
import { keyValue, repeatable, toConfigs, wholeNumber } from './arguments.ts'
import type { KeyValue } from './arguments.ts'
import {
  advertisedListener,
  listener,
  listenersOf,
  type AdvertisedListener,
} from './listener-flags.ts'

/** The port without `--port` and `--listener`. */
const DEFAULT_PORT = 9092

/** The options that `start` and `open` have in common. */
export interface BrokerOptions {
  readonly port?: number
  readonly host?: string
  readonly advertisedHost?: string
  readonly advertisedPort?: number
  readonly listener?: ListenerOptions[]
  readonly advertisedListener?: AdvertisedListener[]
  readonly config?: KeyValue[]
  readonly profile: 'test' | 'faithful'
  readonly logLevel: LogLevel
  readonly readyFile?: string
}

/** Adds these options, except the port, whose meaning differs. */
export function addBrokerOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to bind (default: 127.0.0.1)')
    .option('--advertised-host <name>', 'host that clients get (default: the bound address)')
    .option(
      '--advertised-port <number>',
      'port that clients get (default: the bound port)',
      wholeNumber(1, 65535),
    )
    .option(
      '--listener <NAME://host:port>',
      'listener of each broker, in place of --host and --port; repeatable, the first is the default',
      repeatable(listener),
    )
    .option(
      '--advertised-listener <NAME://host:port>',
      'address of a listener that clients get; NAME://client-host: the host by which they came; repeatable',
      repeatable(advertisedListener),
    )
    .option(
      '--config <key=value>',
      "broker config by Kafka's name; repeatable",
      repeatable(keyValue),
    )
    .addOption(
      new Option('--profile <name>', 'test: no delays; faithful: the delays of Kafka')
        .choices(['test', 'faithful'])
        .default('test'),
    )
    .addOption(
      new Option('--log-level <level>', 'the least severe log lines to write')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .option('--ready-file <path>', 'file that contains the ready line while the broker runs')
}

/** Returns the options of the cluster. The ready file belongs to the command. */
export function clusterOptionsOf(options: BrokerOptions) {
  const { config, profile, logLevel } = options
  return {
    ...addressesOf(options),
    config: toConfigs(config),
    profile,
    logLevel,
    keepAlive: true,
  } satisfies ClusterOptions
}

function addressesOf(options: BrokerOptions) {
  const { listener: listeners, host, advertisedHost, advertisedPort } = options
  const advertised = options.advertisedListener ?? []
  const port = options.port ?? (listeners === undefined ? DEFAULT_PORT : undefined)
  return {
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(advertisedHost !== undefined && { advertisedHost }),
    ...(advertisedPort !== undefined && { advertisedPort }),
    ...((listeners !== undefined || advertised.length > 0) && {
      listeners: listenersOf(listeners ?? [], advertised),
    }),
  }
}
