import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { repeatable, wholeNumber } from '../arguments.ts'
import { addBrokerOptions, clusterOptionsOf } from '../broker-options.ts'
import type { BrokerOptions } from '../broker-options.ts'
import { serve } from '../serve.ts'

const HELP = `
A directory is that of a partition, such as orders-3, or a whole data directory of Kafka or Odradek, copied or closed.
Nothing is written into it: what the broker repairs, and the offsets that consumers commit, are in memory.
Topics can be read only. Kafka's own topics in a data directory, such as __consumer_offsets, are passed over.

Examples:
  odradek open /backup/kafka                           all topics of a data directory
  odradek open /backup/orders-0 /backup/orders-1       two partitions of one topic
  odradek open --topic orders=orders-monday /backup/kafka`

interface OpenOptions extends BrokerOptions {
  readonly topic?: Renaming[]
}

interface Renaming {
  readonly from: string
  readonly to: string
}

/** `odradek open` */
export function open(command: Command): void {
  const described = command
    .description('Serve copied partitions or data directories as topics that can be read only.')
    .argument('<directory...>')
    .option('--port <number>', 'port to listen on; 0: a free one', wholeNumber(0, 65535), 9092)
    .option('--topic <name=new-name>', 'call a topic otherwise; repeatable', repeatable(renaming))
  addBrokerOptions(described).addHelpText('after', HELP).action(openDirectories)
}

function renaming(text: string): Renaming {
  const [, from, to] = /^([\w.-]+)=([\w.-]+)$/.exec(text) ?? []
  if (from === undefined) throw new InvalidArgumentError('It must be name=new-name.')
  return { from, to: to! }
}

async function openDirectories(paths: string[], options: OpenOptions): Promise<void> {
  const names = Object.fromEntries((options.topic ?? []).map(({ from, to }) => [from, to]))
  await serve(options.readyFile, async (onBrokerFailure) => {
    const { openDirectory } = await import('../../index.ts')
    return openDirectory(paths, { ...clusterOptionsOf(options), names, onBrokerFailure })
  })
}
