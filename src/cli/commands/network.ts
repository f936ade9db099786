import { InvalidArgumentError, type Command } from 'commander'
import type { NetworkEnd } from '../../cluster/network-faults.ts'
import { wholeNumber } from '../arguments.ts'
import { control, controlOption, type ControlOption } from '../control-client.ts'
import { addDefaultCommand } from '../default-command.ts'
import { print } from '../terminal.ts'

const EXAMPLES = `
An end is the id of a broker, 'clients' or 'controller'. Each command that causes a fault prints it with its id.
The cluster must be started with 'odradek start --control-port 8083'.

Examples:
  odradek network partition 1 2,3,clients   broker 1 reaches neither the others nor clients
  odradek network cut 2 controller          the controller does not reach broker 2
  odradek network cut 2 3 --one-way         messages from broker 2 to broker 3 are lost
  odradek network delay 1 2 50              each message takes 50 ms
  odradek network heal 1                    end the fault with id 1
  odradek network heal                      end all faults`

/** `odradek network` */
export function network(command: Command): void {
  command
    .description('Cut and delay the network between brokers, controllers and clients.')
    .addOption(controlOption())
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addDefaultCommand(command, 'list')
    .description('Print all faults (default).')
    .action((_options, leaf: Command) => send(leaf, 'GET', '/network/faults'))
  command
    .command('partition')
    .description('Split the network into groups that do not reach each other.')
    .argument('<group>', 'ends, separated by commas', group)
    .argument('<other...>', 'the other groups', (text, previous: NetworkEnd[][] | undefined) => [
      ...(previous ?? []),
      group(text),
    ])
    .action((first: NetworkEnd[], others: NetworkEnd[][], _options, leaf: Command) =>
      send(leaf, 'POST', '/network/partitions', { groups: [first, ...others] }),
    )
  command
    .command('cut')
    .description('Cut the link between two ends.')
    .argument('<from>', 'an end', end)
    .argument('<to>', 'the other end', end)
    .option('--one-way', 'lose only messages in this direction')
    .action((from: NetworkEnd, to: NetworkEnd, { oneWay }: { oneWay?: boolean }, leaf: Command) =>
      send(leaf, 'POST', '/network/cuts', { from, to, oneWay: oneWay === true }),
    )
  command
    .command('delay')
    .description('Delay each message between two ends.')
    .argument('<from>', 'an end', end)
    .argument('<to>', 'the other end', end)
    .argument('<ms>', 'milliseconds', wholeNumber(0))
    .action((from: NetworkEnd, to: NetworkEnd, ms: number, _options, leaf: Command) =>
      send(leaf, 'POST', '/network/delays', { from, to, ms }),
    )
  command
    .command('isolate')
    .description('Cut all links of a broker.')
    .argument('<id>', 'id of the broker', wholeNumber(0))
    .action((id: number, _options, leaf: Command) => send(leaf, 'POST', `/brokers/${id}/isolate`))
  command
    .command('heal')
    .description('End a fault, or all of them.')
    .argument('[id]', 'id of the fault', wholeNumber(1))
    .action((id: number | undefined, _options, leaf: Command) =>
      send(leaf, 'DELETE', `/network/faults${id === undefined ? '' : `/${id}`}`),
    )
}

/** Sends a request, and prints each object of its response as a line of JSON. */
async function send(
  leaf: Command,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<void> {
  const content = await control(leaf.optsWithGlobals<ControlOption>(), method, path, body)
  if (content === undefined) return
  for (const each of [content].flat()) await print(process.stdout, `${JSON.stringify(each)}\n`)
}

function group(text: string): NetworkEnd[] {
  return text.split(',').map(end)
}

function end(text: string): NetworkEnd {
  if (text === 'clients' || text === 'controller') return text
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError("It must be the id of a broker, 'clients' or 'controller'.")
}
