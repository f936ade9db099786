import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, inject, test } from 'vitest'
import { recordings } from '../coordinator/group/recorded-cases/recordings.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { RealBroker } from './support/real-broker.ts'

const tool = inject('tools').kafka

/** The broker is alone. */
const shareState = {
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
}

describe.skipIf(tool.missing !== undefined)(
  `The recorded answers of a real broker ${tool.missing ?? ''}`,
  () => {
    test.each(recordings.map((recording) => [recording.title, recording] as const))(
      'about %s',
      async (_title, { url, config, run }) => {
        const broker = await RealBroker.start(tool, { ...config, ...shareState })
        try {
          const lines = await run(async (clientId) => {
            const socket = connect({ host: '127.0.0.1', port: broker.port, noDelay: true })
            await once(socket, 'connect')
            return new KafkaConnection(socket, clientId)
          })
          if (process.env['ODRADEK_RECORD'] === '1') writeFileSync(url, `${lines.join('\n')}\n`)
          expect(lines).toEqual(readFileSync(url, 'utf8').trim().split('\n'))
        } finally {
          await broker.close()
        }
      },
    )
  },
)
