import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { Dump } from '../../dump/dump.ts'
import type { DumpOptions } from '../../dump/dump-context.ts'
import { findFiles } from '../../dump/find-files.ts'
import type { FoundFiles } from '../../dump/find-files.ts'
import { JsonOutput } from '../../dump/json-output.ts'
import type { Output } from '../../dump/output.ts'
import type { RecordFormat } from '../../dump/record-decoder.ts'
import { TextOutput } from '../../dump/text-output.ts'
import { VerifyOutput } from '../../dump/verify-output.ts'
import { DiskFileSystem } from '../../platform/disk-file-system.ts'
import { hasErrorCode } from '../../platform/system-error.ts'
import { wholeNumber } from '../arguments.ts'
import { CliError } from '../cli-error.ts'
import { printAtOnce } from '../terminal.ts'

const HELP = `
A path is one of these: the directory of a partition; a data directory of a broker or of an Odradek cluster; a file
(.log, .index, .timeindex, .txnindex, .snapshot, .checkpoint, also with the suffix .deleted, .cleaned or .swap; a
checkpoint such as leader-epoch-checkpoint; partition.metadata; meta.properties). Files are only read, never locked.

Keys and values are printed as text if they are UTF-8, else as base64: after 'base64:' in text; with
"keyEncoding":"base64" or "valueEncoding":"base64" in JSON. Records of __consumer_offsets, __transaction_state,
__share_group_state, __cluster_metadata and __remote_log_metadata are decoded according to the directory name.

Exit code: 0; 1 when something cannot be read or, with --verify, when a problem is found.

Examples:
  odradek dump orders-0                                     batches and indexes of a partition
  odradek dump --deep --offset 100..199 orders-0            records of these offsets, with keys and values
  odradek dump --deep --json data/__consumer_offsets-7 | jq -c 'select(.key.type == "1")'
  odradek dump --verify /var/lib/kafka                      the problems of a data directory`

interface DumpCommandOptions {
  readonly json?: boolean
  readonly deep?: boolean
  readonly verify?: boolean
  readonly offset?: OffsetRange
  readonly maxRecords?: number
  readonly maxMessages?: number
  readonly maxBytes?: number
  readonly deepIteration?: boolean
  readonly printDataLog?: boolean
  readonly skipRecordMetadata?: boolean
  readonly files?: string
  /** False with `--no-decode`. */
  readonly decode: boolean
  readonly offsetsDecoder?: boolean
  readonly transactionLogDecoder?: boolean
  readonly shareGroupStateDecoder?: boolean
  readonly clusterMetadataDecoder?: boolean
  readonly remoteLogMetadataDecoder?: boolean
}

interface OffsetRange {
  readonly from: number
  readonly to: number
}

/** `odradek dump` */
export function dump(command: Command): void {
  command
    .description('Print the content of log files, or check them.')
    .argument('[path...]', 'files and directories')
    .option('--json', 'one JSON object per line')
    .option('--deep', 'print every record with key and value, not only the batches')
    .option('--verify', 'print only problems: checksums, order, indexes, snapshots')
    .option('--offset <from..to>', 'only batches and records of these offsets', offsetRange)
    .option('--max-records <n>', 'stop after n records (n batches without --deep)', wholeNumber(1))
    .option('--max-bytes <n>', 'read at most n bytes of each .log file', wholeNumber(0))
    .option('--skip-record-metadata', 'with --deep: print only keys and values')
    .option('--no-decode', 'print records of internal topics as bytes')
    .optionsGroup("Options of Kafka's DumpLogSegments:")
    .option('--files <file,file,..>', 'the files, separated by commas')
    .option('--deep-iteration', 'print every record, without key and value')
    .option('--print-data-log', 'the same as --deep')
    .option('--max-messages <n>', 'the same as --max-records', wholeNumber(1))
    .option('--offsets-decoder', '--deep, and decode records as those of __consumer_offsets')
    .option(
      '--transaction-log-decoder',
      '--deep, and decode records as those of __transaction_state',
    )
    .option(
      '--share-group-state-decoder',
      '--deep, and decode records as those of __share_group_state',
    )
    .option(
      '--cluster-metadata-decoder',
      '--deep, and decode records as those of __cluster_metadata',
    )
    .option(
      '--remote-log-metadata-decoder',
      '--deep, and decode records as those of __remote_log_metadata',
    )
    .addHelpText('after', HELP)
    .action(runDump)
}

/** Parses `from..to`, `from..`, `..to` or a single offset. */
function offsetRange(text: string): OffsetRange {
  const [, from, dots, to] = /^(\d*)(\.\.)?(\d*)$/.exec(text) ?? []
  if (from === undefined || (from === '' && to === '')) {
    throw new InvalidArgumentError('It must be an offset, from..to, from.. or ..to.')
  }
  const first = from === '' ? 0 : Number(from)
  if (dots === undefined) return { from: first, to: first }
  const last = to === '' ? Infinity : Number(to)
  if (last < first) throw new InvalidArgumentError('It ends before it begins.')
  return { from: first, to: last }
}

async function runDump(paths: string[], options: DumpCommandOptions): Promise<void> {
  const fileSystem = new DiskFileSystem()
  const named = options.files?.split(',').filter((path) => path !== '') ?? []
  const { files, unknown, unreadable } = find(fileSystem, [...paths, ...named])
  for (const path of unknown) process.stderr.write(`Ignoring unknown file ${path}\n`)
  const dumping = new Dump(fileSystem, dumpOptions(options), outputOf(options))
  const wanted = options.offset === undefined ? files : files.filter(holdsBatches)
  for (const piece of dumping.run(wanted)) await printAtOnce(process.stdout, piece)
  const { problemCount, wrongFileCount } = dumping.findings
  const complaints: string[] = []
  if (options.verify && problemCount > 0) {
    const found = `${problemCount} problems in ${wrongFileCount} files`
    complaints.push(`${found}: ${[...paths, ...named].join(', ')}`)
  }
  for (const line of options.json || options.verify ? [] : dumping.findings.lines()) {
    process.stderr.write(`${line}\n`)
  }
  const unread = [...unreadable, ...(options.verify ? [] : dumping.unreadable)]
  if (unread.length > 0) complaints.push(`can't read ${unread.join(', ')}`)
  if (complaints.length > 0) throw new CliError(complaints.join('; '))
}

function find(fileSystem: DiskFileSystem, paths: readonly string[]): FoundFiles {
  if (paths.length === 0) throw new CliError('no path: name files or directories to dump')
  try {
    const found = findFiles(fileSystem, paths)
    if (found.files.length === 0 && found.unreadable.length === 0)
      throw new CliError(`there is nothing to dump in ${paths.join(', ')}`)
    return found
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) throw new CliError((error as Error).message)
    throw error
  }
}

function holdsBatches({ content }: FoundFiles['files'][number]): boolean {
  return content === 'log' || content === 'metadataSnapshot'
}

function dumpOptions(options: DumpCommandOptions): DumpOptions {
  const format = chosenFormat(options)
  return {
    isDeep: hasData(options) || options.deepIteration === true || format !== undefined,
    format: format ?? (options.decode ? 'auto' : 'data'),
    fromOffset: options.offset?.from ?? 0,
    toOffset: options.offset?.to ?? Infinity,
    maxBytes: options.maxBytes ?? Infinity,
    maxRecords: options.maxRecords ?? options.maxMessages ?? Infinity,
  }
}

function outputOf(options: DumpCommandOptions): Output {
  const isJson = options.json === true
  if (options.verify) return new VerifyOutput({ isJson })
  if (isJson) return new JsonOutput({ hasData: hasData(options) })
  const hasMetadata = options.skipRecordMetadata !== true
  return new TextOutput({ hasData: hasData(options), hasMetadata })
}

function hasData(options: DumpCommandOptions): boolean {
  const isAsked = options.deep === true || options.printDataLog === true
  return isAsked || chosenFormat(options) !== undefined
}

function chosenFormat(options: DumpCommandOptions): RecordFormat | undefined {
  if (options.offsetsDecoder) return 'offsets'
  if (options.transactionLogDecoder) return 'transactionLog'
  if (options.shareGroupStateDecoder) return 'shareGroupState'
  if (options.clusterMetadataDecoder) return 'clusterMetadata'
  return options.remoteLogMetadataDecoder ? 'remoteLogMetadata' : undefined
}
