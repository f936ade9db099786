import type { Command } from 'commander'
import { brokerActions, type BrokerResource } from '../../control/broker-resource.ts'
import { keyValue, repeatable, toConfigs, wholeNumber, type KeyValue } from '../arguments.ts'
import { control, controlOption, type ControlOption } from '../control-client.ts'
import { addDefaultCommand } from '../default-command.ts'
import { printRows, type RowOptions } from '../rows.ts'

const EXAMPLES = `
The cluster must be started with 'odradek start --control-port 8083'.

Examples:
  odradek brokers              print all brokers
  odradek brokers kill 2       end broker 2 as if its process died
  odradek brokers start 2      start it again, with the same files and port
  odradek brokers pause 3      suspend broker 3, as SIGSTOP does
  odradek brokers roll         restart all brokers, one after the other`

const summaries: Readonly<Record<(typeof brokerActions)[number], string>> = {
  start: 'Start a broker again.',
  stop: 'Stop a broker: its leaders move to the others before.',
  kill: 'End a broker as if its process died.',
  pause: 'Suspend a broker: it stays connected, but answers nothing.',
  resume: 'Continue a paused broker.',
}

interface AddOptions extends ControlOption {
  readonly rack?: string
  readonly config?: KeyValue[]
}

/** `odradek brokers` */
export function brokers(command: Command): void {
  command
    .description('List, start, stop, kill, pause, add, remove and restart brokers of a cluster.')
    .addOption(controlOption())
    .option('--json', 'print a line of JSON for each row')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addDefaultCommand(command, 'list')
    .description('Print all brokers (default).')
    .action((_options, leaf: Command) => list(leaf.optsWithGlobals()))
  for (const action of brokerActions) {
    command
      .command(action)
      .description(summaries[action])
      .argument('<id>', 'id of the broker', wholeNumber(0))
      .action(async (id: number, _options, leaf: Command) => {
        await control(leaf.optsWithGlobals(), 'POST', `/brokers/${id}/${action}`)
      })
  }
  command
    .command('add')
    .description('Add a broker, and print it.')
    .option('--rack <name>', 'rack of the broker')
    .option('--config <key=value>', 'config of the broker; repeatable', repeatable(keyValue))
    .action((_options, leaf: Command) => add(leaf.optsWithGlobals()))
  command
    .command('remove')
    .description('Move the replicas of a broker to the others, stop it, and unregister it.')
    .argument('<id>', 'id of the broker', wholeNumber(0))
    .option('--force', 'remove it with its replicas')
    .action(async (id: number, _options, leaf: Command) => {
      const options = leaf.optsWithGlobals<ControlOption & { force?: boolean }>()
      await control(options, 'DELETE', `/brokers/${id}?force=${options.force === true}`)
    })
  command
    .command('roll')
    .description('Restart all brokers one after the other, waiting until all replicas are in sync.')
    .action(async (_options, leaf: Command) => {
      await control(leaf.optsWithGlobals(), 'POST', '/rolling-restart')
    })
}

async function list(options: ControlOption & RowOptions): Promise<void> {
  await print(options, (await control(options, 'GET', '/brokers')) as BrokerResource[])
}

async function add(options: AddOptions & RowOptions): Promise<void> {
  const { rack, config = [] } = options
  const body = { ...(rack !== undefined && { rack }), config: toConfigs(config) }
  await print(options, [(await control(options, 'POST', '/brokers', body)) as BrokerResource])
}

function print(options: RowOptions, rows: readonly BrokerResource[]): Promise<void> {
  return printRows(options, rows, {
    Id: ({ id }) => id,
    Host: ({ host }) => host,
    Port: ({ port }) => port,
    Process: ({ isRunning, isPaused }) => (isPaused ? 'paused' : isRunning ? 'running' : 'stopped'),
    State: ({ state }) => state,
  })
}
