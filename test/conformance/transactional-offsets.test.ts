import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import {
  answersUrl,
  askOffsets,
  commitOffsets,
  segmentUrl,
  type Answers,
} from '../coordinator/group/transactional-offsets/scenario.ts'
import {
  pendingCases,
  pendingCasesUrl,
} from '../coordinator/group/transactional-offsets/pending-cases.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { patienceMs } from './support/patience.ts'
import { RealBroker } from './support/real-broker.ts'

const tool = inject('tools').kafka

describe.skipIf(tool.missing !== undefined)(
  `The recorded answers about offsets of transactions ${tool.missing ?? ''}`,
  () => {
    test('are those of a real broker that has loaded them', async () => {
      const broker = await RealBroker.start(tool)
      try {
        const connection = await open(broker.port)
        await commitOffsets(connection)
        await ended(connection)
        await broker.stop()
        const segment = readFileSync(
          join(broker.directoryOf('__consumer_offsets'), '00000000000000000000.log'),
        )
        await broker.start()
        const answers = await askOffsets(await ready(broker))
        if (process.env['ODRADEK_RECORD'] === '1') {
          writeFileSync(segmentUrl, segment)
          writeFileSync(answersUrl, textOf(answers))
        }
        expect(answers).toEqual(JSON.parse(readFileSync(answersUrl, 'utf8')))
      } finally {
        await broker.close()
      }
    })

    test('are those of a real broker about groups, offsets and topics that are deleted', async () => {
      const broker = await RealBroker.start(tool)
      try {
        const lines = await pendingCases(await open(broker.port))
        if (process.env['ODRADEK_RECORD'] === '1') {
          writeFileSync(pendingCasesUrl, `${lines.join('\n')}\n`)
        }
        expect(lines).toEqual(readFileSync(pendingCasesUrl, 'utf8').trim().split('\n'))
      } finally {
        await broker.close()
      }
    })
  },
)

/** One question per line. */
function textOf({ offsets, groups }: Answers): string {
  const lines = offsets.map((line) => `    ${JSON.stringify(line)}`).join(',\n')
  return `{\n  "offsets": [\n${lines}\n  ],\n  "groups": ${JSON.stringify(groups)}\n}\n`
}

/**
 * Markers are written after EndTxn is answered: waits until as few partitions are unstable as in
 * the end.
 */
async function ended(connection: KafkaConnection): Promise<void> {
  const isOpen = ({ offsets }: Answers) => {
    const unstable = offsets.flatMap(({ groupId, answer }) =>
      answer.filter(([, , errorCode]) => errorCode === UNSTABLE).map(([p]) => `${groupId} ${p}`),
    )
    return new Set(unstable).size > STAY_OPEN
  }
  await until(async () => !isOpen(await askOffsets(connection)))
}

const UNSTABLE = 88
/** Partitions 2, 3 and 6 of group `orders`, and that of group `open`. */
const STAY_OPEN = 4

/** A connection to a broker that has loaded its groups. */
async function ready(broker: RealBroker): Promise<KafkaConnection> {
  const connection = await open(broker.port)
  await until(async () => (await askOffsets(connection)).offsets[0]!.answer.length > 0)
  return connection
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (const startMs = Date.now(); !(await isDone());) {
    if (Date.now() - startMs > patienceMs) throw new Error('the broker did not get ready')
  }
}

async function open(port: number): Promise<KafkaConnection> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return new KafkaConnection(socket)
}
