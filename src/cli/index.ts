import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import type { ClientError } from '../client/client-error.ts'
import { DiskFileSystem } from '../platform/disk-file-system.ts'
import { onMissingPackage } from '../platform/missing-packages.ts'
import type { OdradekError } from '../platform/odradek-error.ts'
import { commands } from './commands.ts'
import type { CommandName } from './commands.ts'
import { flagOf } from './option-flags.ts'

const OVERVIEW = `
Without a command, odradek starts a broker with the options given.

Examples:
  odradek                                     a broker on 127.0.0.1:9092
  odradek --brokers 3 --topic orders:6:3      three brokers and a topic
  odradek produce orders < lines.txt          one record per line
  odradek consume orders --from-beginning     all records, and new ones as they arrive

'odradek <command> --help' shows the options and examples of a command.`

/**
 * Runs the command line. Resolves with the exit code when the command is done; for `start` that is
 * when the broker has closed.
 *
 * @param args without the names of the runtime and the script
 * @param packageFile the address of this package's `package.json`
 */
export async function run(args: readonly string[], packageFile: URL): Promise<number> {
  process.stdout.on('error', endWithReader)
  const asked = askedFor(args)
  // A broker reports missing packages in its log.
  if (asked !== 'start' && asked !== 'open') onMissingPackage(({ message }) => warn(message))
  try {
    const program = await createProgram(args, packageFile)
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    warn(describe(error))
    return 1
  }
}

/**
 * Loads only the command that is run, so that a broker starts without waiting for the code of the
 * others.
 */
async function createProgram(args: readonly string[], packageFile: URL): Promise<Command> {
  const program = new Command('odradek')
    .description(
      'Apache Kafka, emulated in one Node process. Client commands work with any cluster.',
    )
    .usage('[command] [options]')
    .addHelpText('after', OVERVIEW)
    .option('--version', 'print the version')
    .on('option:version', () => {
      const file = new DiskFileSystem().readFile(fileURLToPath(packageFile))
      const { version } = JSON.parse(String(Buffer.from(file))) as { version: string }
      process.stdout.write(`${version}\n`)
      throw new CommanderError(0, 'odradek.version', version)
    })
    .exitOverride()
  const asked = askedFor(args)
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name, { isDefault: name === 'start' }).summary(summary)
    if (name === asked) (await load())(command)
  }
  if (asked === undefined)
    program.error(`error: unknown command '${args.find((arg) => arg !== 'help')}'`)
  return program
}

function askedFor(args: readonly string[]): CommandName | undefined {
  const [first, second] = args
  const name = first === 'help' ? second : first
  if (name === undefined || name.startsWith('-')) return 'start'
  return Object.hasOwn(commands, name) ? (name as CommandName) : undefined
}

function warn(message: string): void {
  process.stderr.write(`odradek: ${message}\n`)
}

/** Ends the process when the reader of the output, such as `head`, has closed it. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}

/** Returns expected errors in one line, and others with their stack. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  switch (error.name) {
    case 'CliError':
      return error.message
    case 'ClientError':
      return withAdvice(error as ClientError)
    case 'OdradekError':
      return (error as OdradekError).messageFor(flagOf)
    default:
      return error.stack ?? error.message
  }
}

function withAdvice({ message, advice }: ClientError): string {
  if (advice === undefined) return message
  return `${message}${message.endsWith('.') ? '' : '.'} ${advice}`
}
