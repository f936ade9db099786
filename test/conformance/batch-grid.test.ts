import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, inject, test } from 'vitest'
import { askGrid } from '../broker/batch-grid/ask.ts'
import { answersOf, recordingOf, recordingUrl } from '../broker/batch-grid/recording.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { isPartOfDay, ofAnotherDay } from './support/part-of-day.ts'
import { RealBroker } from './support/real-broker.ts'

const tool = inject('tools').kafka
const isRecording = process.env['ODRADEK_RECORD'] === '1'
const missing = tool.missing ?? (isRecording || isPartOfDay(2, 3) ? undefined : ofAnotherDay)

describe.skipIf(missing !== undefined)(
  `The recorded answers to batches of every shape ${missing === undefined ? '' : `(skipped: ${missing})`}`,
  () => {
    test('are those of a real broker', async () => {
      const broker = await RealBroker.start(tool)
      try {
        const cells = await askGrid({ connect: () => open(broker.port), nowMs: Date.now, tick })
        const recording = recordingOf(cells)
        if (isRecording) writeFileSync(recordingUrl, recording)
        expect(answersOf(recording)).toEqual(answersOf(readFileSync(recordingUrl, 'utf8')))
      } finally {
        await broker.close()
      }
    })
  },
)

async function open(port: number): Promise<KafkaConnection> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return new KafkaConnection(socket)
}

/** The broker uses the clock of this machine. */
function tick(): void {
  for (const startMs = Date.now(); Date.now() <= startMs + 1;);
}
