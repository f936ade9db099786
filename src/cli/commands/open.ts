import { Option } from 'commander'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { LogLevel } from '../../cluster/options.ts'
import { keyValue, repeatable, toConfigs, wholeNumber } from '../arguments.ts'
import type { KeyValue } from '../arguments.ts'
import { serve } from '../serve.ts'

const HELP = `
A directory is that of a partition, such as orders-3, or a whole data directory of Kafka or Odradek, copied or closed.
Nothing is written into it: what the broker repairs, and the offsets that consumers commit, are in memory.
Topics can be read only. Kafka's own topics in a data directory, such as __consumer_offsets, are passed over.

Examples:
  odradek open /backup/kafka                           all topics of a data directory
  odradek open /backup/orders-0 /backup/orders-1       two partitions of one topic
  odradek open --topic orders=orders-monday /backup/kafka`

interface OpenOptions {
  readonly port: number
  readonly host: string
  readonly topic?: Renaming[]
  readonly config?: KeyValue[]
  readonly profile: 'test' | 'faithful'
  readonly logLevel: LogLevel
  readonly readyFile?: string
}

interface Renaming {
  readonly from: string
  readonly to: string
}

/** `odradek open` */
export function open(command: Command): void {
  command
    .description('Serve copied partitions or data directories as topics that can be read only.')
    .argument('<directory...>')
    .option('--port <number>', 'port to listen on; 0: a free one', wholeNumber(0, 65535), 9092)
    .option('--host <address>', 'address to bind and to tell clients', '127.0.0.1')
    .option('--topic <name=new-name>', 'call a topic otherwise; repeatable', repeatable(renaming))
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
    .addHelpText('after', HELP)
    .action(openDirectories)
}

function renaming(text: string): Renaming {
  const [, from, to] = /^([\w.-]+)=([\w.-]+)$/.exec(text) ?? []
  if (from === undefined) throw new InvalidArgumentError('It must be name=new-name.')
  return { from, to: to! }
}

async function openDirectories(paths: string[], options: OpenOptions): Promise<void> {
  const { port, host, topic = [], config, profile, logLevel, readyFile } = options
  await serve(readyFile, async () => {
    const { openDirectory } = await import('../../index.ts')
    return openDirectory(paths, {
      port,
      host,
      names: Object.fromEntries(topic.map(({ from, to }) => [from, to])),
      config: toConfigs(config),
      profile,
      logLevel,
      keepAlive: true,
    })
  })
}
