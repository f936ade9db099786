import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { repeatable, wholeNumber } from '../arguments.ts'
import { addBrokerOptions, clusterOptionsOf } from '../broker-options.ts'
import type { BrokerOptions } from '../broker-options.ts'
import { serve } from '../serve.ts'

const HELP = `
A directory is the directory of a partition, such as orders-3, or a whole data directory of Kafka or Odradek. No broker
may write to it meanwhile. The command writes nothing into it: repairs and committed offsets stay in memory.
The topics are read-only. Kafka's internal topics, such as __consumer_offsets, are left out.
Damaged batches, files that are not segments and unreadable directories are not served. They are logged on the standard
error and listed as "problems" in the ready line. Everything else is served.

Examples:
  odradek open /backup/kafka                           all topics of a data directory
  odradek open /backup/orders-0 /backup/orders-1       two partitions of one topic
  odradek open --topic orders=orders-monday /backup/kafka
  odradek open --skip-corrupt /backup/orders-0         read past damaged batches`

interface OpenOptions extends BrokerOptions {
  readonly topic?: Renaming[]
  readonly skipCorrupt?: true
  readonly verify: 'tail' | 'batches' | 'records'
}

interface Renaming {
  readonly from: string
  readonly to: string
}

/** `odradek open` */
export function open(command: Command): void {
  const described = command
    .description('Serve copied partitions or data directories as read-only topics.')
    .argument('<directory...>')
    .option(
      '--port <number>',
      'port to listen on; 0: a free port (default: 9092)',
      wholeNumber(0, 65535),
    )
    .option(
      '--topic <name=new-name>',
      'serve a topic under another name; repeatable',
      repeatable(renaming),
    )
    .option('--skip-corrupt', 'also serve the valid batches after a damaged batch')
    .addOption(
      new Option('--verify <depth>', 'what to check before serving; tail: only what Kafka checks')
        .choices(['tail', 'batches', 'records'])
        .default('batches'),
    )
  addBrokerOptions(described).addHelpText('after', HELP).action(openDirectories)
}

function renaming(text: string): Renaming {
  const [, from, to] = /^([^=/]+)=([\w.-]+)$/.exec(text) ?? []
  if (from === undefined) throw new InvalidArgumentError('It must be name=new-name.')
  return { from, to: to! }
}

async function openDirectories(paths: string[], options: OpenOptions): Promise<void> {
  const names = Object.fromEntries((options.topic ?? []).map(({ from, to }) => [from, to]))
  await serve(options.readyFile, async (onBrokerFailure) => {
    const { openDirectory } = await import('../../index.ts')
    const { verify, skipCorrupt: skipCorruptBatches = false } = options
    const chosen = { names, verify, skipCorruptBatches, onBrokerFailure }
    return openDirectory(paths, { ...clusterOptionsOf(options), ...chosen })
  })
}
