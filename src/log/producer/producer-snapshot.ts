import type { FileSystem } from '../../platform/file-system.ts'
import { crc32c } from '../../platform/crc32c.ts'
import {
  int16At,
  int32At,
  int64At,
  putInt16,
  putInt32,
  putInt64,
  uint32At,
} from '../../record/big-endian.ts'
import { inHashMapOrder, javaLongHash } from '../../platform/java-hash-map.ts'
import { CorruptRecordError } from '../../record/corrupt-record-error.ts'
import { ProducerEntry } from './producer-entry.ts'
import { type Durability, replaceFile } from '../files/small-file.ts'

const VERSION = 1
const CRC = 2
const COUNT = 6
const ENTRIES = 10
const ENTRY_BYTES = 46

/**
 * Writes the state of the producers (`ProducerSnapshot` version 1), with the last batch of each.
 */
export function writeProducerSnapshot(
  fileSystem: FileSystem,
  path: string,
  producers: Iterable<ProducerEntry>,
  durability: Durability,
): void {
  const ordered = inHashMapOrder([...producers], ({ producerId }) => javaLongHash(producerId))
  replaceFile(fileSystem, path, encodeProducerSnapshot(ordered), durability)
}

/**
 * Reads a snapshot file.
 *
 * @throws CorruptRecordError if the file is corrupt
 */
export function readProducerSnapshot(fileSystem: FileSystem, path: string): ProducerEntry[] {
  return decodeProducerSnapshot(fileSystem.readFile(path))
}

/** Returns the bytes of a snapshot file. */
export function encodeProducerSnapshot(producers: readonly ProducerEntry[]): Uint8Array {
  const bytes = new Uint8Array(ENTRIES + producers.length * ENTRY_BYTES)
  putInt16(bytes, 0, VERSION)
  putInt32(bytes, COUNT, producers.length)
  producers.forEach((producer, index) => {
    const at = ENTRIES + index * ENTRY_BYTES
    putInt64(bytes, at, producer.producerId)
    putInt16(bytes, at + 8, producer.producerEpoch)
    putInt32(bytes, at + 10, producer.lastSequence)
    putInt64(bytes, at + 14, producer.lastOffset)
    putInt32(bytes, at + 22, producer.batches.at(-1)?.offsetDelta ?? 0)
    putInt64(bytes, at + 26, producer.lastTimestamp)
    putInt32(bytes, at + 34, producer.coordinatorEpoch)
    putInt64(bytes, at + 38, producer.currentTxnFirstOffset)
  })
  putInt32(bytes, CRC, crc32c(bytes, COUNT))
  return bytes
}

/**
 * Decodes the bytes of a snapshot file.
 *
 * @throws CorruptRecordError if the bytes are corrupt
 */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerEntry[] {
  if (bytes.length < ENTRIES || int16At(bytes, 0) !== VERSION) {
    throw new CorruptRecordError('Snapshot contained an unknown file version')
  }
  if (crc32c(bytes, COUNT) !== uint32At(bytes, CRC)) {
    throw new CorruptRecordError('Snapshot is corrupt (CRC is no longer valid)')
  }
  const producers: ProducerEntry[] = []
  for (let at = ENTRIES; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const producer = new ProducerEntry(int64At(bytes, at))
    const lastOffset = int64At(bytes, at + 14)
    producer.producerEpoch = int16At(bytes, at + 8)
    producer.lastTimestamp = int64At(bytes, at + 26)
    producer.coordinatorEpoch = int32At(bytes, at + 34)
    producer.currentTxnFirstOffset = int64At(bytes, at + 38)
    if (lastOffset >= 0) {
      const last = { lastSequence: int32At(bytes, at + 10), lastOffset }
      const timestamp = producer.lastTimestamp
      producer.batches = [{ ...last, offsetDelta: int32At(bytes, at + 22), timestamp }]
    }
    producers.push(producer)
  }
  return producers
}
