import { Duplex } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { Heartbeat } from '../../src/protocol/messages/index.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { groupGrid } from './group-grid/suites.ts'

afterEach(() => vi.useRealTimers())

test('a scenario fails when a request is not answered', async () => {
  vi.useFakeTimers()
  const silent = new KafkaConnection(
    new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() }),
  )
  const noTime = async (): Promise<void> => {}
  const stage = { connect: async () => silent, nowMs: () => 0, pass: noTime }
  const broker = { kill: noTime, stop: noTime, start: noTime }
  const scene = groupGrid.openScene({ ...stage, ...broker }, '')
  const request = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }
  const failed = expect(scene.call(Heartbeat, 4, request)).rejects.toThrow(
    'Heartbeat v4 has no answer: {groupId:',
  )
  await vi.runAllTimersAsync()
  await failed
})
