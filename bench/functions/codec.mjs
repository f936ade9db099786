/** @import { FunctionSuite } from '../types.ts' */
import { built } from './built.mjs'
import {
  fetchRequest,
  fetchResponse,
  metadataResponse,
  produceRequest,
  produceResponse,
} from './codec-messages.mjs'
import { recordBatch } from './records.mjs'

/** The latest versions that librdkafka sends. */
const versions = { produce: 10, fetch: 16, metadata: 12 }

/** @type {FunctionSuite} */
export const codecSuite = {
  name: 'codec',

  open() {
    /** @type {typeof import('../../src/protocol/messages/index.ts')} */
    const { Fetch, Metadata, Produce } = built('protocol/messages/index.js')
    const records = recordBatch(10, 1_024)
    const produce = Produce.request.encode(versions.produce, produceRequest(10, records))
    const fetch = Fetch.request.encode(versions.fetch, fetchRequest(10))
    const fetched = Fetch.response.encode(versions.fetch, fetchResponse(10, records))
    const metadata = Metadata.response.encode(versions.metadata, metadataResponse(100))
    const answers = {
      produce: produceResponse(10),
      fetch: fetchResponse(10, records),
      metadata: metadataResponse(100),
    }
    /** @type {typeof import('../../src/protocol/frame.ts')} */
    const { encodeResponseFrame: encode } = built('protocol/frame.js')
    const functions = [
      {
        name: 'decode Produce request, 10 partitions of 10 KB',
        call: () => Produce.request.decode(versions.produce, produce),
      },
      {
        name: 'encode Produce response, 10 partitions',
        call: () => encode(Produce, versions.produce, 1, answers.produce),
      },
      {
        name: 'decode Fetch request, 10 partitions',
        call: () => Fetch.request.decode(versions.fetch, fetch),
      },
      {
        name: 'encode Fetch response, 10 partitions of 10 KB',
        call: () => encode(Fetch, versions.fetch, 1, answers.fetch),
      },
      {
        name: 'decode Fetch response, 10 partitions of 10 KB',
        call: () => Fetch.response.decode(versions.fetch, fetched),
      },
      {
        name: 'encode Metadata response, 100 partitions',
        call: () => encode(Metadata, versions.metadata, 1, answers.metadata),
      },
      {
        name: 'decode Metadata response, 100 partitions',
        call: () => Metadata.response.decode(versions.metadata, metadata),
      },
    ]
    return { functions }
  },
}
