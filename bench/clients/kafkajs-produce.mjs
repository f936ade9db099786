import { randomBytes } from 'node:crypto'
import kafkajsPackage from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { kafkajs } from './kafkajs.mjs'
import { go, options, report } from './told.mjs'

const { bootstrapServers, topic, count, warmUpCount, recordBytes, batchCount, codec } = options()
const producer = kafkajs(bootstrapServers).producer()
const random = randomBytes(recordBytes)
const messages = Array.from({ length: batchCount }, () => ({
  value: codec === undefined ? random : halfRandom(),
  partition: 0,
}))
const { CompressionCodecs, CompressionTypes } = kafkajsPackage
CompressionCodecs[CompressionTypes.Snappy] = codecOf((bytes) => snappy.compressSync(bytes))
CompressionCodecs[CompressionTypes.LZ4] = codecOf((bytes) => lz4.compressFrameSync(bytes))
/** @type {Record<string, kafkajsPackage.CompressionTypes>} */
const codecIds = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
}
const compression = codecIds[codec] ?? CompressionTypes.None

/** Returns a value that codecs compress to about half. */
function halfRandom() {
  return Buffer.from(
    randomBytes(recordBytes >> 2)
      .toString('hex')
      .padEnd(recordBytes),
  )
}

/** @param {(bytes: Buffer) => unknown} compress */
function codecOf(compress) {
  return () => ({
    /** @param {{ buffer: Buffer }} encoder */
    compress: async ({ buffer }) => compress(buffer),
  })
}

/** @param {number} recordCount */
async function produce(recordCount) {
  for (let sent = 0; sent < recordCount; sent += batchCount)
    await producer.send({ topic, messages, compression })
}

await producer.connect()
await produce(warmUpCount)
await go()
const startMs = performance.now()
await produce(count)
await report({ seconds: (performance.now() - startMs) / 1000 })
await producer.disconnect()
