import { batchesOf } from '../../src/record/batch-view.ts'
import { agree, disagree } from './agree.ts'
import type { SimulatedBroker } from './simulated-broker.ts'
import { filesBelow } from './spoil-files.ts'

/** The valid targets of an index. */
interface Segment {
  readonly path: string
  readonly baseOffset: number
  readonly batches: readonly { lastOffset: number; position: number; maxTimestamp: number }[]
}

/** Checks after a clean close that every index points at batches. */
export function checkFiles(broker: SimulatedBroker): void {
  const { disk } = broker
  for (const path of filesBelow(broker, broker.directory)) {
    if (/-(delete|stray)\//.test(path)) continue
    if (!path.endsWith('.log')) continue
    const bytes = disk.readFile(path)
    let position = 0
    const batches = [...batchesOf(bytes)].map((batch) => {
      const { lastOffset, maxTimestamp, sizeInBytes } = batch
      if (!batch.isChecksumValid) disagree(`${path} is corrupt at ${position}`)
      position += sizeInBytes
      return { lastOffset, maxTimestamp, position: position - sizeInBytes }
    })
    agree(`the end of the batches in ${path}`, position, bytes.length)
    const baseOffset = Number(path.slice(-24, -4))
    checkIndexes(broker, { path: path.slice(0, -4), baseOffset, batches })
  }
}

function checkIndexes({ disk }: SimulatedBroker, { path, baseOffset, batches }: Segment): void {
  const index = Buffer.from(disk.readFile(`${path}.index`))
  if (index.length % 8 !== 0) disagree(`${path}.index has ${index.length} bytes`)
  let previous = -1
  for (let at = 0; at < index.length; at += 8) {
    const offset = baseOffset + index.readInt32BE(at)
    const position = index.readInt32BE(at + 4)
    const batch = batches.find((candidate) => candidate.position === position)
    agree(`the offset at ${position} in ${path}.index`, offset, batch?.lastOffset)
    if (offset <= previous) disagree(`${path}.index goes back to ${offset}`)
    previous = offset
  }
  checkTimeIndex(Buffer.from(disk.readFile(`${path}.timeindex`)), { path, baseOffset, batches })
}

function checkTimeIndex(index: Buffer, { path, baseOffset, batches }: Segment): void {
  if (index.length % 12 !== 0) disagree(`${path}.timeindex has ${index.length} bytes`)
  let previous = -1
  for (let at = 0; at < index.length; at += 12) {
    const timestamp = Number(index.readBigInt64BE(at))
    const offset = baseOffset + index.readInt32BE(at + 8)
    const upTo = batches.filter((batch) => batch.lastOffset <= offset)
    const largest = Math.max(-1, ...upTo.map(({ maxTimestamp }) => maxTimestamp))
    agree(`the largest timestamp up to ${offset} in ${path}.timeindex`, timestamp, largest)
    if (timestamp <= previous) disagree(`${path}.timeindex goes back to ${timestamp}`)
    previous = timestamp
  }
  const largest = Math.max(-1, ...batches.map(({ maxTimestamp }) => maxTimestamp))
  agree(`the last timestamp in ${path}.timeindex`, previous, largest)
}
