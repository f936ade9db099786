import { dirname } from 'node:path'
import { crc32c } from '../platform/crc32c.ts'
import { ProducerSnapshot } from '../protocol/internal/producer-snapshot.ts'
import { int16At } from '../record/big-endian.ts'
import { readCheckpoint } from '../log/files/checkpoint-file.ts'
import { readPartitionMetadata } from '../log/files/partition-metadata.ts'
import { readTextFile } from '../log/files/small-file.ts'
import type { DumpContext, DumpSteps } from './dump-context.ts'
import type { DumpFile } from './dump-file.ts'
import { Heading } from './findings.ts'

const SNAPSHOT_VERSION = 1
/** Version and checksum, which the checksum does not cover. */
const SNAPSHOT_HEADER_BYTES = 6

/** Dumps a `.snapshot` file: the producer state at the start of the segment. */
export function* dumpProducerSnapshot(context: DumpContext, file: DumpFile): DumpSteps {
  const { output } = context
  const problem = (detail: string): void => context.report(Heading.Problems, detail)
  const bytes = context.fileSystem.readFile(file.path)
  const version = bytes.length < 2 ? undefined : int16At(bytes, 0)
  if (version !== SNAPSHOT_VERSION) return problem(`it is no snapshot of version 1`)
  const { crc, producerEntries } = ProducerSnapshot.decode(version, bytes, 2)
  if (crc32c(bytes, SNAPSHOT_HEADER_BYTES) !== crc) problem('the checksum is wrong')
  for (const entry of producerEntries) {
    const { producerId, epoch, coordinatorEpoch, currentTxnFirstOffset, timestamp } = entry
    const { lastSequence, lastOffset, offsetDelta } = entry
    const firstSequence = lastSequence - offsetDelta
    output.entry('producer', {
      producerId,
      producerEpoch: epoch,
      coordinatorEpoch,
      currentTxnFirstOffset: {
        orEmpty: currentTxnFirstOffset < 0 ? undefined : currentTxnFirstOffset,
      },
      lastTimestamp: timestamp,
      ...(lastOffset >= 0 && {
        firstSequence: firstSequence < 0 ? firstSequence + 2 ** 31 : firstSequence,
        lastSequence,
        lastOffset,
        offsetDelta,
        timestamp,
      }),
    })
    yield
  }
}

/** Dumps a `leader-epoch-checkpoint` file. */
export function* dumpLeaderEpochs(context: DumpContext, file: DumpFile): DumpSteps {
  let last = { epoch: -1, startOffset: -1 }
  for (const [epoch, startOffset] of readCheckpoint(context.fileSystem, file.path, 2)) {
    const entry = { epoch: Number(epoch), startOffset: Number(startOffset) }
    context.output.entry('leaderEpoch', entry)
    if (entry.epoch <= last.epoch || entry.startOffset < last.startOffset) {
      const detail = `epoch ${epoch} from ${startOffset} on follows epoch ${last.epoch} from ${last.startOffset} on`
      context.report(Heading.Problems, detail)
    }
    last = entry
    yield
  }
}

/** Dumps an offset checkpoint, such as `recovery-point-offset-checkpoint`. */
export function* dumpOffsetCheckpoint(context: DumpContext, file: DumpFile): DumpSteps {
  for (const [topic, partition, offset] of readCheckpoint(context.fileSystem, file.path, 3)) {
    const entry = { topic: topic!, partition: Number(partition), offset: Number(offset) }
    context.output.entry('checkpointEntry', entry)
    if (!(entry.offset >= 0)) {
      context.report(Heading.Problems, `'${offset}' is no offset of ${topic}-${partition}`)
    }
    yield
  }
}

/** Dumps a `partition.metadata` file. */
export function* dumpPartitionMetadata(context: DumpContext, file: DumpFile): DumpSteps {
  const topicId = readPartitionMetadata(context.fileSystem, dirname(file.path))!
  context.output.entry('partitionMetadata', { version: 0, topicId })
  yield
}

/** Dumps a `meta.properties` file of any version. */
export function* dumpMetaProperties(context: DumpContext, file: DumpFile): DumpSteps {
  const properties: Record<string, string> = {}
  for (const line of textOf(context, file).split(/\r?\n/)) {
    const [, name, value] = /^\s*([^#!=:\s]+)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) properties[name] = value!.trim().replaceAll('\\', '')
  }
  context.output.entry('metaProperties', properties)
  if (properties['node.id'] === undefined && properties['broker.id'] === undefined) {
    context.report(Heading.Problems, 'it has neither a node.id nor a broker.id')
  }
  if (properties['cluster.id'] === undefined) {
    context.report(Heading.Problems, 'it has no cluster.id')
  }
  yield
}

/**
 * Dumps a JSON file.
 *
 * @throws SyntaxError if it is not JSON
 */
export function* dumpJson(context: DumpContext, file: DumpFile): DumpSteps {
  const text = textOf(context, file)
  context.output.json('json', JSON.stringify(JSON.parse(text)))
  yield
}

function textOf({ fileSystem }: DumpContext, { path }: DumpFile): string {
  return readTextFile(fileSystem, path) ?? ''
}
